import { describe, expect, test } from "@odoo/hoot";
import { queryAll } from "@odoo/hoot-dom";
import { markup } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { allowTranslations, mountWithCleanup } from "@web/../tests/web_test_helpers";

import { foldQuotes, MailBody, markLinks } from "@email_sync/conversation/mail_body";

describe.current.tags("desktop");
defineMailModels();

function makeElement(html) {
    const root = document.createElement("div");
    root.innerHTML = html;
    return root;
}

test("a run of quotes gets one button, which shows and hides it", () => {
    allowTranslations();
    const root = makeElement(
        `<p>Yes.</p><p data-o-mail-quote="1">Ann wrote:</p><blockquote data-o-mail-quote="1">
        <p data-o-mail-quote="1">No?</p></blockquote><p>Bye</p><p data-o-mail-quote="1">--</p>`
    );
    foldQuotes(root);
    const buttons = queryAll(".o_email_sync_fold", { root });
    expect(buttons).toHaveLength(2);
    const quoted = queryAll(":scope > [data-o-mail-quote]", { root });
    expect(quoted.map((element) => element.hidden)).toEqual([true, true, true]);
    buttons[0].click();
    expect(quoted.map((element) => element.hidden)).toEqual([false, false, true]);
    expect(buttons[0]).toHaveAttribute("aria-expanded", "true");
    buttons[0].click();
    expect(quoted.map((element) => element.hidden)).toEqual([true, true, true]);
});

test("a mail without quotes has no button", () => {
    const root = makeElement("<p>Hello</p>");
    foldQuotes(root);
    expect(root.innerHTML).toBe("<p>Hello</p>");
});

test("text without markup is shown as text", async () => {
    await mountWithCleanup(MailBody, { props: { html: "<b>not bold</b>" } });
    const { shadowRoot } = queryAll(".o_email_sync_body")[0];
    expect(shadowRoot.querySelector("b")).toBe(null);
});

test("links open elsewhere and tell nothing about Odoo", async () => {
    const html = markup('<a href="https://shop.example/">Shop</a>');
    await mountWithCleanup(MailBody, { props: { html } });
    const link = queryAll(".o_email_sync_body")[0].shadowRoot.querySelector("a");
    expect(link.target).toBe("_blank");
    expect(link.rel).toBe("noopener noreferrer");
});

test("a link whose text names another site says where it goes", () => {
    allowTranslations();
    const root = makeElement(
        `<a href="https://evil.example/x">https://www.bank.example/login</a>
        <a href="https://www.bank.example/x">bank.example</a>
        <a href="https://mail.bank.example/">bank.example</a>
        <a href="https://evil-bank.example/">bank.example</a>
        <a href="https://anywhere.example/">Read more...</a>
        <a href="mailto:ada@customer.example">ada@customer.example</a>`
    );
    markLinks(root);
    const targets = queryAll(".o_email_sync_target", { root });
    expect(targets.map((target) => target.textContent)).toEqual([
        "goes to evil.example",
        "goes to evil-bank.example",
    ]);
    for (const link of queryAll("a", { root })) {
        expect(link.target).toBe("_blank");
        expect(link.rel).toBe("noopener noreferrer");
        expect(link.title).toBe(link.href);
    }
});
