import { onMounted } from "@odoo/owl";
import {
    HtmlMailField,
    htmlMailField,
} from "@mail/views/web/fields/html_mail_field/html_mail_field";
import { registry } from "@web/core/registry";

/** The text of a mail; where recipients and subject are known, one begins to write right away. */
export class BodyField extends HtmlMailField {
    setup() {
        super.setup();
        onMounted(() => {
            const { subject, to } = this.props.record.data;
            if (this.editor && to && subject) {
                const { selection } = this.editor.shared;
                selection.setCursorStart(this.editor.editable.firstElementChild);
                selection.focusEditable();
            }
        });
    }
}

registry.category("fields").add("email_sync_body", { ...htmlMailField, component: BodyField });
