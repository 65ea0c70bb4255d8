import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { formatShortDate } from "./conversation_fields";
import { MailAttachments } from "./mail_attachments";
import { MailBody } from "./mail_body";
import { SenderFindings } from "./sender_findings";

const { DateTime } = luxon;
const PARTICIPANTS_SHOWN = 20;

/** One mail of a conversation: a line, or the whole mail, which is fetched once it is opened. */
export class Mail extends Component {
    static template = "email_sync.Mail";
    static components = { MailAttachments, MailBody, SenderFindings };
    static props = {
        mail: Object,
        isLinked: { type: Boolean, optional: true },
        isMember: { type: Boolean, optional: true },
        onAnswer: { type: Function, optional: true },
        open: { type: Boolean, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({
            isOpen: Boolean(this.props.open),
            isLoading: false,
            hasFailed: false,
            showDetails: false,
            showAllParticipants: false,
            isFlagged: this.props.mail.is_flagged,
            display: this.props.mail.display,
        });
        onWillStart(() => {
            if (this.state.isOpen && !this.state.display) {
                this.load();
            }
        });
    }

    get mail() {
        return this.props.mail;
    }

    get date() {
        return deserializeDateTime(this.mail.date);
    }

    get shortDate() {
        return formatShortDate(this.date);
    }

    get fullDate() {
        return this.date.toLocaleString(DateTime.DATETIME_MED);
    }

    get removedDate() {
        const since = this.mail.removed_since;
        return since && deserializeDateTime(since).toLocaleString(DateTime.DATE_MED);
    }

    get senderName() {
        return this.mail.from_name || this.mail.from_email || _t("(unknown sender)");
    }

    get avatarUrl() {
        const id = this.mail.avatar_partner_id;
        return id && `/web/image/res.partner/${id}/avatar_128`;
    }

    get initial() {
        return (this.senderName.match(/[\p{L}\p{N}]/u)?.[0] || "?").toUpperCase();
    }

    get html() {
        return markup(this.state.display.html);
    }

    get recipientNames() {
        const { participants } = this.state.display;
        return [...participants.to, ...participants.cc]
            .slice(0, PARTICIPANTS_SHOWN)
            .map((participant) => participant.name || participant.email)
            .join(", ");
    }

    get details() {
        const { participants } = this.state.display;
        const labels = {
            from: _t("From"),
            reply_to: _t("Reply to"),
            to: _t("To"),
            cc: _t("Cc"),
            bcc: _t("Bcc"),
        };
        return Object.entries(labels)
            .filter(([role]) => participants[role]?.length)
            .map(([role, label]) => {
                const all = participants[role];
                const shown = this.state.showAllParticipants
                    ? all
                    : all.slice(0, PARTICIPANTS_SHOWN);
                return { role, label, participants: shown, hiddenCount: all.length - shown.length };
            });
    }

    async toggle() {
        this.state.isOpen = !this.state.isOpen;
        if (this.state.isOpen && !this.state.display) {
            await this.load();
        }
    }

    /** Fetch from the mail server what is not here: removed by retention, or once too large. */
    async fetchAgain() {
        this.state.isLoading = true;
        try {
            await this.orm.call("email.sync.message", "action_fetch_again", [[this.mail.id]]);
            await this.load();
        } finally {
            this.state.isLoading = false;
        }
    }

    async toggleFlagged() {
        await this.orm.call("email.sync.message", "toggle_flagged", [[this.mail.id]]);
        this.state.isFlagged = !this.state.isFlagged;
    }

    /** From now on, for this reader, and where the provider finds the sender to be genuine. */
    async alwaysShowPictures() {
        await this.orm.call("email.sync.message", "always_show_pictures", [[this.mail.id]]);
        await this.load();
    }

    /** @param {boolean} [remote] let pictures of other servers load */
    async load(remote = false) {
        this.state.isLoading = true;
        this.state.hasFailed = false;
        try {
            [this.state.display] = await this.orm.call(
                "email.sync.message",
                "get_display",
                [[this.mail.id]],
                { remote }
            );
        } catch (error) {
            this.state.hasFailed = true;
            throw error;
        } finally {
            this.state.isLoading = false;
        }
    }
}
