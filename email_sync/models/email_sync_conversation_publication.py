from odoo import api, models

PUBLISH_BATCH = 50  # mails a transaction


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
        unlinked.email_ids.mail_message_id.unlink()
        unlinked.to_publish = False
        linked.to_publish = True
        if sum(linked.mapped("email_count")) <= PUBLISH_BATCH:
            linked._publish()
        else:
            self.env["email.sync.account"]._trigger_crons()

    @api.model
    def _publish_pending(self, limit=PUBLISH_BATCH):
        """Publish some of the waiting mails, the newest conversations first.

        The conversations are locked, so that of several workers each mail is published by one.

        :return: how much was done; 0 when nothing waits
        """
        count = 0
        conversations = self.search(
            [("to_publish", "=", True)], order="last_date desc, id desc", limit=limit
        ).try_lock_for_update(allow_referencing=True)
        for conversation in conversations:
            count += len(conversation._publish(limit - count))
            if count >= limit:
                break
        return count or len(conversations)

    def _publish(self, limit=None):
        """Make the chatter entries of linked conversations, as OdooBot.

        :return: the new entries
        """
        # sudo: mail.message - entries are the system's own, no user has a part in them
        linked = self.filtered("is_linked").sudo()
        waiting = (
            self.env["email.sync.message"]
            .sudo()
            .search(
                [("conversation_id", "in", linked.ids), ("mail_message_id", "=", False)],
                limit=limit and limit + 1,
            )
        )
        complete = not limit or len(waiting) <= limit
        entries = waiting[:limit]._publish()
        if complete:
            self.sudo().to_publish = False
        return entries
