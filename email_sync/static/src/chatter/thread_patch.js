import { SearchMessageResult } from "@mail/core/common/search_message_result";
import { Thread } from "@mail/core/common/thread";
import { useEffect } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        // Core's own effect misses that a thread was loaded anew between two renderings, as when
        // one jumps to a search result: the chatter would stay empty.
        useEffect(() => {
            if (this.props.thread.isOrderedByDate && this.props.thread.isLoaded) {
                this.state.mountedAndLoaded = true;
            }
        });
    },
    /** Keep what is read in its place when older messages come, whose ids may be higher. */
    applyScrollContextually(thread) {
        const isOlderLoaded =
            this.oldestPersistentMessage &&
            thread.oldestPersistentMessage?.notEq(this.oldestPersistentMessage);
        if (
            thread.isOrderedByDate &&
            this.props.order === "desc" &&
            this.snapshot &&
            isOlderLoaded
        ) {
            this.setScroll(this.snapshot.scrollTop);
            return;
        }
        super.applyScrollContextually(...arguments);
    },
});

patch(SearchMessageResult.prototype, {
    /** Go on after the last result: the lowest id may stand anywhere in the order of time. */
    onLoadMoreVisible() {
        const { messageSearch, thread } = this.props;
        if (!thread.isOrderedByDate) {
            return super.onLoadMoreVisible(...arguments);
        }
        messageSearch.search(messageSearch.messages.at(-1)?.id ?? false);
    },
});
