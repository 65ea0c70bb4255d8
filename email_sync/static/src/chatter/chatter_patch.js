import { Chatter } from "@mail/chatter/web_portal/chatter";
import { patch } from "@web/core/utils/patch";

patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        const { highlightMessage } = this.messageHighlight;
        // Core jumps only to messages of the displayed record: a mail shows as one of them.
        this.messageHighlight.highlightMessage = function (message, thread) {
            const target = message.isSyncedMail
                ? { id: message.id, thread, notIn: (messages) => message.notIn(messages) }
                : message;
            return highlightMessage.call(this, target, thread);
        };
    },
    /** Conversations are answered from their account; their chatter is for notes. */
    get isSyncedConversation() {
        return this.props.threadModel === "email.sync.conversation";
    },
});
