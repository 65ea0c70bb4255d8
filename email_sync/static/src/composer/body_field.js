import { onMounted } from "@odoo/owl";
import {
    HtmlMailField,
    htmlMailField,
} from "@mail/views/web/fields/html_mail_field/html_mail_field";
import { registry } from "@web/core/registry";

const ANSWERS = ["reply", "reply_all"];

/** The text of a mail; where the recipients are known, one begins to write right away. */
export class BodyField extends HtmlMailField {
    setup() {
        super.setup();
        onMounted(() => {
            if (this.editor && ANSWERS.includes(this.props.record.data.mode)) {
                const { selection } = this.editor.shared;
                selection.setCursorStart(this.editor.editable.firstElementChild);
                selection.focusEditable();
            }
        });
    }
}

registry.category("fields").add("email_sync_body", { ...htmlMailField, component: BodyField });
