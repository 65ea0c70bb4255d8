import { Message } from "@mail/core/common/message_model";
import { parseEmail } from "@mail/utils/common/format";
import { patch } from "@web/core/utils/patch";

/** @type {import("models").Message} */
const messagePatch = {
    /**
     * Whether it stands for a mail of a synced mailbox. Such an entry is shown by contacts and
     * leads, but belongs to the conversation: what answers or changes it is not theirs to offer.
     */
    get isSyncedMail() {
        return this.message_type === "email" && this.thread?.model === "email.sync.conversation";
    },
    /** Mail is not a note, although it is internal: it looks, and cannot be answered, as one. */
    get isNote() {
        return !this.isSyncedMail && super.isNote;
    },
    get authorName() {
        if (this.isSyncedMail && !this.author) {
            const [name, email] = parseEmail(this.email_from) ?? [];
            return name || email;
        }
        return super.authorName;
    },
    /** Whether pictures of other servers wait to be asked for. */
    get hasHeldBackPictures() {
        return this.isSyncedMail && this.body?.toString().includes("data-original-src=");
    },
    canAddReaction() {
        return !this.isSyncedMail && super.canAddReaction(...arguments);
    },
    canReplyAll() {
        return !this.isSyncedMail && super.canReplyAll(...arguments);
    },
    canForward() {
        return !this.isSyncedMail && super.canForward(...arguments);
    },
};
patch(Message.prototype, messagePatch);
