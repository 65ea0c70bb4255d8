import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

import { onWillUnmount } from "@odoo/owl";

/**
 * The set-up keeps what was typed in the current step also when its dialog is just closed.
 */
export class EmailSyncSetupFormController extends formView.Controller {
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
        this.isLeft = ["action_discard", "action_start"].includes(clickParams.name);
        return super.beforeExecuteActionButton(clickParams);
    }
}

registry.category("views").add("email_sync_setup_form", {
    ...formView,
    Controller: EmailSyncSetupFormController,
});
