import { Component, markup, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { MailBody } from "../conversation/mail_body";

/** The mail that is answered, folded below the text. */
export class QuoteField extends Component {
    static template = "email_sync.QuoteField";
    static components = { MailBody };
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ isOpen: false });
    }

    get html() {
        // Not as a quote of its own: who opens it wants to see it.
        const holder = new DOMParser().parseFromString(
            this.props.record.data[this.props.name].toString(),
            "text/html"
        );
        holder.querySelector("[data-o-mail-quote]")?.removeAttribute("data-o-mail-quote");
        return markup(holder.body.innerHTML);
    }
}

registry.category("fields").add("email_sync_quote", {
    component: QuoteField,
    supportedTypes: ["html"],
});
