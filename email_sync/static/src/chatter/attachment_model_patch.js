import { Attachment } from "@mail/core/common/attachment_model";
import { patch } from "@web/core/utils/patch";

patch(Attachment.prototype, {
    /** What a mail brought stays: it is the mailbox's. */
    get isDeletable() {
        return !this.message?.isSyncedMail && super.isDeletable;
    },
});
