import { registerMessageAction } from "@mail/core/common/message_actions";
import { _t } from "@web/core/l10n/translation";

function registerAnswer(id, { icon, name, method, sequence }) {
    registerMessageAction(id, {
        condition: ({ message }) => message.isSyncedMail && message.email_sync_is_answerable,
        icon,
        name,
        onSelected: async ({ message, owner, thread }) => {
            const { action, orm } = owner.env.services;
            await action.doAction(await orm.call("mail.message", method, [[message.id]]), {
                onClose: () => thread.fetchNewMessages(),
            });
        },
        sequence,
    });
}

registerAnswer("email-sync-reply", {
    icon: "fa fa-reply",
    name: _t("Reply"),
    method: "action_email_sync_reply",
    sequence: 1,
});
registerAnswer("email-sync-reply-all", {
    icon: "fa fa-reply-all",
    name: _t("Reply to all"),
    method: "action_email_sync_reply_all",
    sequence: 2,
});
registerAnswer("email-sync-forward", {
    icon: "fa fa-share",
    name: _t("Forward"),
    method: "action_email_sync_forward",
    sequence: 3,
});
