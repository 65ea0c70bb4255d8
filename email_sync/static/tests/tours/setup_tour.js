import { registry } from "@web/core/registry";

const SETUP = ".modal .o_email_sync_setup";
const BUTTONS = ".modal footer";

registry.category("web_tour.tours").add("email_sync_setup_is_kept", {
    steps: () => [
        { trigger: ".nav-link:contains(Email sync)", run: "click" },
        { trigger: "button[name=action_open_email_sync_setup]", run: "click" },
        { trigger: `${SETUP} div[name=email] input`, run: "edit left@mailbox.example" },
        { content: "Close without a word", trigger: ".modal .btn-close", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: "button[name=action_open_email_sync_setup]", run: "click" },
        { trigger: `${SETUP} div[name=email] input:value(left@mailbox.example)` },
        { trigger: `${BUTTONS} button:contains(Get started)`, run: "click" },
        { trigger: `${SETUP} div[name=imap_host] input:value(imap.mailbox.example)` },
        { trigger: `${SETUP} div[name=password] input`, run: "edit never shown again" },
        { trigger: `${BUTTONS} button:contains(Finish later)`, run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: "button[name=action_open_email_sync_setup]", run: "click" },
        {
            content: "The password is kept and not shown",
            trigger: `${SETUP} div[name=password] input:value(/^$/)`,
            run() {
                const { placeholder } = this.anchor;
                if (!placeholder.startsWith("Saved")) {
                    throw new Error(`The password was not kept: ${placeholder}`);
                }
            },
        },
        { trigger: `${BUTTONS} button:contains(Discard)`, run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});
