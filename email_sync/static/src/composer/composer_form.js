import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

import { onWillUnmount } from "@odoo/owl";

const ENDING_BUTTONS = ["action_send", "action_send_again", "action_assume_sent", "action_discard"];

/** What is being written is kept when its window is just closed, and found again. */
export class EmailSyncComposerFormController extends formView.Controller {
    setup() {
        super.setup();
        const { orm } = this.env.services;
        this.isLeft = false;
        onWillUnmount(async () => {
            const { root } = this.model;
            if (this.isLeft || !root.resId) {
                return;
            }
            const changes = await root.getChanges();
            if (Object.keys(changes).length) {
                await orm.silent.call(root.resModel, "web_save", [[root.resId], changes], {
                    specification: {},
                });
            }
        });
    }

    async beforeExecuteActionButton(clickParams) {
        const isSaved = await super.beforeExecuteActionButton(clickParams);
        this.isLeft = isSaved !== false && ENDING_BUTTONS.includes(clickParams.name);
        return isSaved;
    }

    /** An action that failed leaves the window open, and what is written from here on counts. */
    async afterExecuteActionButton(clickParams) {
        await super.afterExecuteActionButton(clickParams);
        this.isLeft = false;
    }
}

registry.category("views").add("email_sync_composer_form", {
    ...formView,
    Controller: EmailSyncComposerFormController,
});
