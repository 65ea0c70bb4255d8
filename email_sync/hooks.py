def post_init_hook(env):
    """Nothing is synced before somebody connects a mailbox: the lanes stay off until then."""
    env["email.sync.account"]._update_crons()


def uninstall_hook(env):
    """Leave no orphan: chatter entries, attachments and parameters of ours go with the addon."""
    model = "email.sync.conversation"
    env["mail.message"].sudo().search([("model", "=", model)]).unlink()
    env["mail.followers"].sudo().search([("res_model", "=", model)]).unlink()
    env["ir.attachment"].sudo().search([("res_model", "=like", "email.sync.%")]).unlink()
    env["ir.config_parameter"].sudo().search([("key", "=like", "email_sync.%")]).unlink()
