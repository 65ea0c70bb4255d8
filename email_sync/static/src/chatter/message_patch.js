import { Message } from "@mail/core/common/message";
import { markup } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { url } from "@web/core/utils/urls";

patch(Message.prototype, {
    get authorAvatarUrl() {
        const partnerId = this.message.email_sync_avatar_partner_id;
        if (this.message.isSyncedMail && partnerId) {
            return url(`/web/image/res.partner/${partnerId}/avatar_128`);
        }
        return super.authorAvatarUrl;
    },
    get messageTypeText() {
        return this.message.isSyncedMail ? _t("Email") : super.messageTypeText;
    },
    /** Open the conversation at this mail. */
    openRecord() {
        if (!this.message.isSyncedMail) {
            return super.openRecord(...arguments);
        }
        const { openRecordActionRequest } = this.message.thread;
        return this.action.doAction({
            ...openRecordActionRequest,
            context: { email_sync_entry_id: this.message.id },
        });
    },
    async onClickShowPictures() {
        const html = await this.store.env.services.orm.call(
            "email.sync.message",
            "get_entry_display",
            [this.message.id]
        );
        if (html) {
            this.message.body = markup(html);
        }
    },
});
