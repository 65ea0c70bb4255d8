import { Thread } from "@mail/core/common/thread_model";
import { patch } from "@web/core/utils/patch";

/** @type {import("models").Thread} */
const threadPatch = {
    /** Whether messages stand in the order of time, whatever their ids; see `_message_fetch`. */
    get isOrderedByDate() {
        return ["res.partner", "crm.lead"].includes(this.model);
    },
    /** Tell by position, not by id, on which side of a message there may be more. */
    async loadAround(messageId) {
        const isKnown = this.isLoaded && this.messages.some(({ id }) => id === messageId);
        await super.loadAround(...arguments);
        const index = this.messages.findIndex(({ id }) => id === messageId);
        if (!this.isOrderedByDate || isKnown || index === -1) {
            return;
        }
        const half = this.store.FETCH_LIMIT; // core asks for twice the limit around a message
        this.loadOlder = index + 1 >= half;
        this.loadNewer = this.messages.length - index - 1 >= half;
    },
};
patch(Thread.prototype, threadPatch);
