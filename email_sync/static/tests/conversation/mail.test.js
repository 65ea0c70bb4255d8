import { describe, expect, test } from "@odoo/hoot";
import { click, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { makeMockServer, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

import { formatShortDate } from "@email_sync/conversation/conversation_fields";
import { Mail } from "@email_sync/conversation/mail";

describe.current.tags("desktop");
defineMailModels();

const { DateTime } = luxon;
const MAIL = {
    id: 7,
    date: "2026-03-02 09:30:00",
    subject: "Quotation",
    from_name: "Ada Customer",
    from_email: "ada@customer.example",
    avatar_partner_id: false,
    snippet: "Could you send us",
    is_read: true,
    is_flagged: false,
    attachment_count: 0,
};
const DISPLAY = {
    id: 7,
    html: "<p>Could you send us a quotation?</p>",
    has_remote_content: true,
    sender_findings: [],
    is_sender_verified: true,
    may_always_show_pictures: false,
    has_more_participants: false,
    attachments: [],
    participants: {
        from: [{ name: "Ada Customer", email: "ada@customer.example" }],
        to: [{ name: "", email: "alice@company.example" }],
        cc: [],
        reply_to: [],
    },
    source_url: false,
};

function onDisplay(callback) {
    onRpc("email.sync.message", "get_display", ({ args, kwargs }) => callback(args[0], kwargs));
}

test("a closed mail is one line and is fetched once, when it is opened", async () => {
    onDisplay((ids) => {
        expect.step(`get_display ${ids}`);
        return [DISPLAY];
    });
    await makeMockServer();
    await mountWithCleanup(Mail, { props: { mail: MAIL } });
    expect(".o_email_sync_mail_snippet").toHaveText("Could you send us");
    expect(".o_email_sync_body").toHaveCount(0);
    for (let i = 0; i < 3; i++) {
        await click(".o_email_sync_mail_header");
        await animationFrame();
    }
    expect(".o_email_sync_body").toHaveCount(1);
    expect(queryOne(".o_email_sync_body").shadowRoot.textContent).toInclude("a quotation?");
    expect.verifySteps(["get_display 7"]);
});

test("pictures of other servers are asked for only on demand", async () => {
    onDisplay((ids, { remote }) => {
        expect.step(`remote ${remote}`);
        return [{ ...DISPLAY, has_remote_content: !remote }];
    });
    await makeMockServer();
    await mountWithCleanup(Mail, { props: { mail: MAIL, open: true } });
    await animationFrame();
    expect.verifySteps(["remote false"]);
    await click(".o_email_sync_remote button");
    await animationFrame();
    expect(".o_email_sync_remote").toHaveCount(0);
    expect.verifySteps(["remote true"]);
});

test("the details name sender and addressees", async () => {
    await mountWithCleanup(Mail, { props: { mail: { ...MAIL, display: DISPLAY }, open: true } });
    expect(".o_email_sync_details_toggle").toHaveText("to alice@company.example");
    await click(".o_email_sync_details_toggle");
    await animationFrame();
    expect(".o_email_sync_details").toHaveText(/From\s+Ada Customer <ada@customer\.example>/);
});

test("a mail that cannot be fetched can be tried again", async () => {
    expect.errors(1);
    let isFailing = true;
    onDisplay(() => {
        if (isFailing) {
            throw new Error("gone");
        }
        return [DISPLAY];
    });
    await makeMockServer();
    await mountWithCleanup(Mail, { props: { mail: MAIL } });
    await click(".o_email_sync_mail_header");
    await animationFrame();
    expect(".o_email_sync_mail .alert").toHaveCount(1);
    isFailing = false;
    await click(".o_email_sync_mail .alert button");
    await animationFrame();
    expect(".o_email_sync_mail .alert").toHaveCount(0);
    expect(".o_email_sync_body").toHaveCount(1);
    expect.verifyErrors([/RPC_ERROR/]);
});

test("dates are as short as they can be", () => {
    const now = DateTime.fromISO("2026-03-02T12:00");
    expect(formatShortDate(DateTime.fromISO("2026-03-02T09:30"), now)).toMatch(/9:30/);
    expect(formatShortDate(DateTime.fromISO("2026-02-28T09:30"), now)).toBe("Feb 28");
    expect(formatShortDate(DateTime.fromISO("2025-02-28T09:30"), now)).toMatch(/2025/);
});

test("what is doubtful about a sender is said above the text, by its weight", async () => {
    const sender_findings = [
        { code: "not-genuine", severity: "danger", text: "The sender could not be verified." },
        { code: "first-mail", severity: "notice", text: "No mail from this address before." },
    ];
    await makeMockServer();
    await mountWithCleanup(Mail, {
        props: { mail: { ...MAIL, display: { ...DISPLAY, sender_findings } }, open: true },
    });
    expect(".o_email_sync_finding.alert-danger").toHaveText("The sender could not be verified.");
    expect(".o_email_sync_finding:not(.alert)").toHaveText("No mail from this address before.");
});

test("a text that was removed is fetched again once the conversation is linked", async () => {
    const display = { ...DISPLAY, can_be_fetched_again: true };
    for (const isLinked of [false, true]) {
        const props = { mail: { ...MAIL, display }, open: true, isLinked };
        await mountWithCleanup(Mail, { props });
        expect(".o_email_sync_fetch_again").toHaveCount(isLinked ? 1 : 0);
    }
});

test("in place of a picture stands the first letter of a name", async () => {
    for (const [from_name, initial] of [
        ["«ada»", "A"],
        ["김민수", "김"],
        ["", "U"],
        ["!!", "?"],
    ]) {
        const mail = { ...MAIL, from_name, from_email: "" };
        await mountWithCleanup(Mail, { props: { mail } });
        expect(".o_email_sync_avatar:last").toHaveText(initial);
    }
});

test("a mail that is not here as a whole says so, and is fetched where that may be", async () => {
    const notice = "Its attachments are not stored here.";
    let display = { ...DISPLAY, notice, can_be_fetched_again: false };
    onDisplay(() => [display]);
    onRpc("email.sync.message", "action_fetch_again", ({ args }) => {
        expect.step(`fetch ${args[0]}`);
        display = DISPLAY;
        return true;
    });
    await makeMockServer();
    await mountWithCleanup(Mail, { props: { mail: MAIL, open: true } });
    await animationFrame();
    expect(".o_email_sync_notice").toHaveText(notice);
    expect(".o_email_sync_fetch_whole").toHaveCount(0);
    display = { ...display, can_be_fetched_again: true };
    await click(".o_email_sync_remote button");
    await animationFrame();
    await click(".o_email_sync_fetch_whole");
    await animationFrame();
    expect(".o_email_sync_notice").toHaveCount(0);
    expect.verifySteps(["fetch 7"]);
});

test("a mail that is no longer in the mailbox says since when", async () => {
    const mail = { ...MAIL, display: DISPLAY, is_removed: true };
    await mountWithCleanup(Mail, {
        props: { mail: { ...mail, removed_since: "2026-03-05 10:00:00" }, open: true },
    });
    expect(".o_email_sync_removed").toHaveText(/No longer in the mailbox since Mar 5, 2026/);
});
