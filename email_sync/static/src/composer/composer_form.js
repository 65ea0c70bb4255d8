import { toRaw } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formView } from "@web/views/form/form_view";

/** What is being written is kept when its window is just closed, and found again. */
export class EmailSyncComposerFormController extends formView.Controller {
    setup() {
        super.setup();
        this.notification = useService("notification");
        toRaw(this.env.dialogData).dismiss = () => this.keep();
        useHotkey("control+enter", () => this.sendButton?.click(), {
            bypassEditableProtection: true,
        });
    }

    get sendButton() {
        return this.rootRef.el?.closest(".modal")?.querySelector(".o_email_sync_send");
    }

    async keep() {
        const { root } = this.model;
        const wasWritten = await root.isDirty();
        await root.save({ reload: false });
        if (wasWritten) {
            this.notification.add(_t("What you wrote is kept. Open it again to go on."), {
                type: "info",
            });
        }
    }
}

registry.category("views").add("email_sync_composer_form", {
    ...formView,
    Controller: EmailSyncComposerFormController,
});
