import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Say what was moved or deleted, with a way back, and show the list anew. */
export function movedAction(env, { params }) {
    const close = env.services.notification.add(params.text, {
        type: "success",
        autocloseDelay: 10000,
        buttons: [
            {
                name: _t("Undo"),
                onClick: async () => {
                    close();
                    await env.services.orm.call("email.sync.conversation", "undo_move", [
                        params.conversation_ids,
                        params.moved,
                        params.discarded,
                    ]);
                    env.services.action.doAction("soft_reload");
                },
            },
        ],
    });
    return params.next || { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("email_sync_moved", movedAction);
