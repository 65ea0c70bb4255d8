import { toRaw } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

/** What is being written is kept when its window is just closed, and found again. */
export class EmailSyncComposerFormController extends formView.Controller {
    setup() {
        super.setup();
        toRaw(this.env.dialogData).dismiss = () => this.model.root.save({ reload: false });
    }
}

registry.category("views").add("email_sync_composer_form", {
    ...formView,
    Controller: EmailSyncComposerFormController,
});
