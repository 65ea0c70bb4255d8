import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { startBusService, waitNotifications } from "@bus/../tests/bus_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    MockServer,
    models,
    mountView,
    serverState,
} from "@web/../tests/web_test_helpers";

import { NEWS_DELAY } from "@email_sync/conversation/conversation_list";

describe.current.tags("desktop");

class Conversation extends models.Model {
    _name = "email.sync.conversation";

    subject = fields.Char();

    _records = [{ id: 1, subject: "Quotation" }];
}
defineMailModels();
defineModels([Conversation]);

async function openInbox() {
    await mountView({
        type: "list",
        resModel: "email.sync.conversation",
        arch: `<list js_class="email_sync_conversation_list"><field name="subject"/></list>`,
    });
    await startBusService();
    expect(".o_data_row").toHaveCount(1);
}

async function receive(subject) {
    const { env } = MockServer;
    env["email.sync.conversation"].create({ subject });
    env["bus.bus"]._sendone(serverState.partnerId, "email_sync/progress", { account_id: 1 });
    await waitNotifications(["email_sync/progress", { account_id: 1 }]);
    await advanceTime(NEWS_DELAY);
    await animationFrame();
}

test("mail that comes is shown in an open inbox", async () => {
    await openInbox();
    await receive("New offer");
    expect(".o_data_row").toHaveCount(2);
});

test("what is selected is not taken away by mail that comes", async () => {
    await openInbox();
    await contains(".o_data_row .o_list_record_selector input").click();
    await receive("New offer");
    expect(".o_data_row").toHaveCount(1);
    expect(".o_data_row_selected").toHaveCount(1);
    await contains(".o_data_row .o_list_record_selector input").click();
    await advanceTime(NEWS_DELAY);
    await animationFrame();
    expect(".o_data_row").toHaveCount(2);
});
