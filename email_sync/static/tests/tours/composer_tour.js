import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("email_sync_composer", {
    steps: () => [
        {
            content: "the newest mail is answered",
            trigger: ".o_email_sync_mail.o_email_sync_open .o_email_sync_reply",
            run: "click",
        },
        {
            content: "its sender gets the answer",
            trigger: ".modal [name=to] .o_tag:contains(Ada Customer)",
        },
        {
            content: "the text stands above the signature",
            trigger: ".modal .odoo-editor-editable:contains(Alice, Sales)",
            run: "editor Grüße aus Köln",
        },
        { trigger: ".modal .o_email_sync_copies", run: "click" },
        {
            content: "several addresses are typed at once",
            trigger: ".modal [name=cc] input",
            run: 'edit "Doe, Jane" <jane@outside.example>, half',
        },
        { trigger: ".modal [name=cc] .o_tag:contains(Doe, Jane)" },
        {
            content: "the window is closed, what was written is kept",
            trigger: ".modal .btn-close",
            run: "click",
        },
        { trigger: ".o_notification:contains(What you wrote is kept)" },
        {
            content: "and found again",
            trigger: "body:not(:has(.modal)) .o_email_sync_reply",
            run: "click",
        },
        { trigger: ".modal .odoo-editor-editable:contains(Grüße aus Köln)" },
        {
            content: "what is no address is refused",
            trigger: ".o_email_sync_send",
            run: "click",
        },
        {
            trigger: ".o_error_dialog button:contains(Close)",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.o_error_dialog)) .modal [name=cc] .o_tag:contains(half) .o_delete",
            run: "click",
        },
        {
            trigger: ".modal [name=cc]:not(:contains(half))",
        },
        {
            content: "the keyboard sends it, too",
            trigger: ".modal .odoo-editor-editable",
            run: "press Control+Enter",
        },
        { trigger: ".o_notification:contains(The mail was sent.)" },
        {
            content: "the page shows the answer without being reloaded",
            trigger:
                "body:not(:has(.modal)) .o_email_sync_mail.o_email_sync_open:contains(Alice Müller)",
        },
    ],
});
