import { expect, test } from "@odoo/hoot";
import { click, edit, press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, runAllTimers } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { makeMockServer, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

import { TagsField } from "@email_sync/conversation/tags_field";

defineMailModels();

const TO_DO = { keyword: "$label4", name: "To do", color: 8 };
const URGENT = { keyword: "urgent", name: "urgent", color: 3 };

async function mountTags(tags, readonly = false) {
    onRpc("email.sync.conversation", "get_known_tags", () => [TO_DO, URGENT]);
    onRpc("email.sync.conversation", "set_tag", ({ args }) => {
        expect.step(`set_tag ${args.join(" ")}`);
        return true;
    });
    await makeMockServer();
    const record = {
        resId: 5,
        data: { tags },
        save: async () => expect.step("save") || true,
        load: async () => expect.step("load"),
    };
    await mountWithCleanup(TagsField, { props: { name: "tags", record, readonly } });
}

async function type(text) {
    await click(".o-autocomplete--input");
    await edit(text);
    await runAllTimers();
    await animationFrame();
}

test("tags have their colours, and one is taken off", async () => {
    await mountTags([TO_DO, URGENT]);
    expect(queryAllTexts(".o_tag")).toEqual(["To do", "urgent"]);
    expect(".o_tag:first").toHaveClass("o_tag_color_8");
    await click(".o_tag:first .o_delete");
    await animationFrame();
    expect.verifySteps(["save", "set_tag 5 $label4 false", "load"]);
});

test("known tags are suggested, but those that it has", async () => {
    await mountTags([URGENT]);
    await click(".o-autocomplete--input");
    await runAllTimers();
    await animationFrame();
    expect(queryAllTexts(".o-autocomplete--dropdown-item")).toEqual(["To do"]);
    await type("to D");
    await press("Enter");
    await animationFrame();
    expect.verifySteps(["save", "set_tag 5 $label4 true", "load"]);
});

test("a new tag is made of what is typed, in one word", async () => {
    await mountTags([]);
    await type("follow up ");
    expect(queryAllTexts(".o-autocomplete--dropdown-item")).toEqual(['Create "follow-up"']);
    await click(".o_email_sync_create_tag");
    await animationFrame();
    expect.verifySteps(["save", "set_tag 5 follow-up true", "load"]);
});

test("who may only read changes nothing", async () => {
    await mountTags([URGENT], true);
    expect(queryAllTexts(".o_tag")).toEqual(["urgent"]);
    expect(".o_delete, .o-autocomplete--input").toHaveCount(0);
});
