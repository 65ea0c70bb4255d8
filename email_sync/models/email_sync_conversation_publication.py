from odoo import api, models

PUBLISH_AT_ONCE = 50  # mails that are published in the request of whoever linked them
PUBLISH_BATCH = 200  # mails a transaction


class EmailSyncConversation(models.Model):
    """Publication: a linked conversation shows in chatters, one entry a mail.

    The document of an entry is the conversation, so that core's own check enforces the visibility
    rule. Nobody is author, recipient or follower of an entry, as those override the rule.
    """

    _inherit = "email.sync.conversation"

    def _update_publication(self):
        """Publish what is linked and take back what is no longer linked to anything."""
        # sudo: mail.message - entries are the system's own, no user has a part in them
        conversations = self.sudo()
        linked = conversations.filtered("is_linked")
        unlinked = conversations - linked
        entries = unlinked.email_ids.mail_message_id
        entries.attachment_ids.unlink()  # of the conversation: core leaves them behind
        entries.unlink()
        unlinked.to_publish = False
        linked.to_publish = True
        if sum(linked.mapped("email_count")) <= PUBLISH_AT_ONCE:
            linked._publish()
            linked.email_ids.filtered(
                lambda message: message.mail_message_id and not message.is_rendered
            )._render_entries()
        else:
            self.env["email.sync.account"]._trigger_crons()

    @api.model
    def _publish_pending(self, limit=PUBLISH_BATCH):
        """Publish some of the waiting mails, the newest conversations first.

        The conversations are locked, so that of several workers each mail is published by one.

        :return: how much was done; 0 when nothing waits
        """
        waiting = self.search(
            [("to_publish", "=", True)], order="last_date desc, id desc", limit=limit
        ).try_lock_for_update(allow_referencing=True)
        waiting._publish(limit)
        return len(waiting)

    def _publish(self, limit=None):
        """Make the chatter entries of linked conversations, as OdooBot.

        :param limit: how many entries at most, None for all
        """
        # sudo: mail.message - entries are the system's own, no user has a part in them
        conversations = self.sudo()
        domain = [
            ("conversation_id", "in", conversations.filtered("is_linked").ids),
            ("mail_message_id", "=", False),
        ]
        messages = self.env["email.sync.message"].sudo()
        messages.search(domain, limit=limit)._publish()
        groups = messages._read_group(domain, ["conversation_id"]) if limit else ()
        waiting = self.browse().union(*(conversation for (conversation,) in groups))
        (conversations - waiting).to_publish = False
