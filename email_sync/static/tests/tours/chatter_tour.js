import { registry } from "@web/core/registry";

function assertEqual(actual, expected, what) {
    if (JSON.stringify(actual) !== JSON.stringify(expected)) {
        throw new Error(
            `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`
        );
    }
}

function getTexts(selector) {
    return [...document.querySelectorAll(selector)].map((element) => {
        const body = element.querySelector(".o-mail-Message-body > div")?.shadowRoot;
        return (body?.querySelector("span") ?? element).textContent;
    });
}

function assertOrder() {
    const words = getTexts(".o-mail-Message").map(
        (text) => text.match(/first question|note between|our answer|latest mail/)?.[0]
    );
    assertEqual(
        words,
        ["latest mail", "our answer", "note between", "first question"],
        "order of the chatter"
    );
}

registry.category("web_tour.tours").add("email_sync_chatter", {
    steps: () => [
        {
            content: "linked mail stands in the chatter in the order of time",
            trigger: ".o-mail-Message:contains(Ada Customer)",
            run: assertOrder,
        },
        {
            content: "the addressees of a mail are shown",
            trigger: ".o-mail-Message:contains(on Re: Quotation) .o-mail-Message-notification",
            run: "click",
        },
        { trigger: ".o-mail-MessageNotificationPopover:contains(alice@company.example)" },
        {
            content: "a mail is not answered from the record",
            trigger: ".o-mail-Message:contains(on Re: Quotation)",
            async run({ hover }) {
                await hover();
                const names = ["reply-to", "reply-all", "forward", "edit", "delete", "reaction"];
                const offered = names.filter((name) =>
                    this.anchor.querySelector(`.o-mail-Message-actions [name="${name}"]`)
                );
                assertEqual(offered, [], "actions of a mail");
            },
        },
        {
            content: "the count of the record opens its conversations",
            trigger: "button[name=action_open_email_sync_conversations]:contains(1)",
        },
        {
            content: "from a mail one reaches its conversation",
            trigger: ".o-mail-Message:contains(Ada Customer) a:contains(Quotation)",
            run: "click",
        },
        {
            content: "the newest mail is open, the first one is opened",
            trigger: ".o_email_sync_mail:not(.o_email_sync_open):contains(first question) > button",
            run: "click",
        },
        {
            trigger: ".o_email_sync_mail.o_email_sync_open:first .o_email_sync_body",
            run() {
                const text = this.anchor.shadowRoot.textContent;
                if (!text.includes("first question")) {
                    throw new Error(`text of the mail: ${text}`);
                }
            },
        },
        {
            content: "who can see it is told",
            trigger: ".o_email_sync_viewers",
            run: "click",
        },
        { trigger: ".o_email_sync_viewer_list li:contains(Alice)" },
        {
            content: "whom a change would reach is told before it is made",
            trigger: ".modal input[value=shared]",
            run: "click",
        },
        { trigger: ".o_email_sync_viewer_list li:contains(Bob)" },
        { trigger: ".modal-footer .btn-primary:contains(Apply)", run: "click" },
        { trigger: ".o_form_view:not(:has(.modal)):contains(Shared: colleagues)" },
    ],
});

registry.category("web_tour.tours").add("email_sync_inbox", {
    steps: () => [
        {
            content: "a star flags a conversation",
            trigger: ".o_data_row:contains(Ada Customer) .o_email_sync_flag[aria-pressed=false]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Ada Customer) .o_email_sync_flag[aria-pressed=true]",
        },
        {
            content: "a row shows who, what and whether it is read",
            trigger:
                ".o_data_row.fw-bold:contains(Ada Customer) td[name=subject]:contains(Quotation)",
            run: "click",
        },
        {
            content: "the page shows the mail",
            trigger: ".o_email_sync_mail.o_email_sync_open:contains(Ada Customer)",
        },
        {
            content: "and its flag, which is taken off",
            trigger: ".o_email_sync_open .o_email_sync_flag[aria-pressed=true]",
            run: "click",
        },
        {
            trigger: ".o_email_sync_open .o_email_sync_flag[aria-pressed=false]",
        },
        {
            content: "a note can be logged, a message not sent",
            trigger:
                ".o-mail-Chatter:not(:has(.o-mail-Chatter-sendMessage)) .o-mail-Chatter-logNote",
        },
    ],
});
