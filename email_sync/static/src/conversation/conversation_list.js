import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { listView } from "@web/views/list/list_view";

import { onWillUnmount } from "@odoo/owl";

import { bySelection } from "./by_selection";

/** Milliseconds from news to the list that shows them: a first sync has news every second. */
export const NEWS_DELAY = 3000;

/**
 * The inbox: what a sync of one's accounts brings, or changes, is shown without a click.
 */
export class EmailSyncConversationListController extends bySelection(listView.Controller) {
    setup() {
        super.setup();
        const busService = useService("bus_service");
        const onProgress = () => this.awaitNews();
        busService.subscribe("email_sync/progress", onProgress);
        onWillUnmount(() => {
            busService.unsubscribe("email_sync/progress", onProgress);
            browser.clearTimeout(this.newsTimeout);
        });
    }

    awaitNews() {
        this.newsTimeout ??= browser.setTimeout(() => this.showNews(), NEWS_DELAY);
    }

    /** What is selected stays so: the news wait until it is dealt with. */
    async showNews() {
        this.newsTimeout = undefined;
        if (this.model.root.selection?.length) {
            this.awaitNews();
        } else {
            await this.model.load();
        }
    }
}

registry.category("views").add("email_sync_conversation_list", {
    ...listView,
    Controller: EmailSyncConversationListController,
});
