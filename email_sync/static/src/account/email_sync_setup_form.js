import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

/**
 * The set-up keeps what was typed in the current step also when its dialog is just closed.
 */
export class EmailSyncSetupFormController extends formView.Controller {
    setup() {
        super.setup();
        if (this.env.dialogData) {
            this.env.dialogData.dismiss = () => this.model.root.save({ reload: false });
        }
    }

    async beforeExecuteActionButton(clickParams) {
        if (clickParams.special === "cancel") {
            return this.model.root.save({ reload: false });
        }
        return super.beforeExecuteActionButton(clickParams);
    }
}

registry.category("views").add("email_sync_setup_form", {
    ...formView,
    Controller: EmailSyncSetupFormController,
});
