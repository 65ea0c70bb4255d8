import { Component, onMounted, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Mail } from "./mail";

/** The mails of a conversation, oldest first; the last one is open. */
export class Exchange extends Component {
    static template = "email_sync.Exchange";
    static components = { Mail };
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ mails: [], earlierCount: 0, isLoading: true, hasFailed: false });
        onMounted(() => {
            this.load(this.props.record.resId);
        });
        onWillUpdateProps((nextProps) => {
            if (nextProps.record.resId !== this.props.record.resId) {
                this.state.mails = [];
                this.load(nextProps.record.resId);
            }
        });
        useRecordObserver((record) => this.onRecordChange(record));
    }

    /** Show the mails anew when one was sent or has come. */
    onRecordChange({ resId, data }) {
        const seen = this.seen;
        this.seen = { resId, emailCount: data.email_count, tags: JSON.stringify(data.tags) };
        if (seen?.resId !== resId) {
            return;
        }
        if (seen.emailCount !== data.email_count) {
            this.state.mails = [];
            return this.load(resId);
        }
        if (seen.tags !== this.seen.tags) {
            return this.loadTags(resId);
        }
    }

    /** Show the tags anew; what is open stays open. */
    async loadTags(conversationId) {
        const { mails } = await this.keepLast.add(
            this.orm.call("email.sync.message", "get_conversation_display", [conversationId])
        );
        const tags = Object.fromEntries(mails.map((mail) => [mail.id, mail.tags]));
        for (const mail of this.state.mails) {
            mail.tags = tags[mail.id] ?? mail.tags;
        }
    }

    async onAnswer(mail, method) {
        const action = await this.orm.call("email.sync.message", method, [[mail.id]]);
        await this.action.doAction(action, { onClose: () => this.props.record.load() });
    }

    /** Fetch the newest mails, or with `before` those before it. */
    async load(conversationId, before = undefined) {
        Object.assign(this.state, { isLoading: true, hasFailed: false });
        try {
            const { mails, earlier_count } = await this.keepLast.add(
                this.orm.call("email.sync.message", "get_conversation_display", [conversationId], {
                    before,
                })
            );
            this.state.mails.unshift(...mails);
            this.state.earlierCount = earlier_count;
            if (before === undefined) {
                this.markRead(conversationId);
            }
        } catch (error) {
            this.state.hasFailed = true;
            throw error;
        } finally {
            this.state.isLoading = false;
        }
    }

    /** Who opens a conversation of an own account has read it, here and in the mailbox. */
    markRead(conversationId) {
        if (this.state.mails.some((mail) => !mail.is_read)) {
            this.orm.silent.call("email.sync.conversation", "action_mark_read", [[conversationId]]);
        }
    }

    /** Open at first: the newest mail, and the one that was clicked in a chatter. */
    isOpen(mail) {
        const entryId = this.props.record.context.email_sync_entry_id;
        return mail.id === this.state.mails.at(-1).id || (entryId && mail.entry_id === entryId);
    }

    onClickEarlier() {
        return this.load(this.props.record.resId, this.state.mails[0]?.id);
    }
}

registry.category("view_widgets").add("email_sync_exchange", {
    component: Exchange,
    fieldDependencies: [
        { name: "email_count", type: "integer" },
        { name: "is_account_member", type: "boolean" },
        { name: "is_answerable", type: "boolean" },
        { name: "is_linked", type: "boolean" },
        { name: "tags", type: "json" },
    ],
});
