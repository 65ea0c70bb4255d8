from odoo import models
from odoo.exceptions import UserError


class EmailSyncConversation(models.Model):
    """Notes of members: who follows them, and who is told of them, may read the conversation."""

    _inherit = "email.sync.conversation"

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Only who may read the conversation can follow it: followers get its notes by mail."""
        partners = self._filter_readers(self.env["res.partner"].browse(partner_ids or []))
        return super().message_subscribe(partner_ids=partners.ids, subtype_ids=subtype_ids)

    def message_get_followers(self, after=None, limit=100, filter_recipients=False):
        """Core tells the followers of any document whose id is known."""
        self.check_access("read")
        return super().message_get_followers(after, limit, filter_recipients)

    def message_post(self, **kwargs):
        self._check_readers(self.env["res.partner"].browse(kwargs.get("partner_ids") or []))
        return super().message_post(**kwargs)

    def message_notify(self, **kwargs):
        self.check_access("write")
        self._check_readers(self.env["res.partner"].browse(kwargs.get("partner_ids") or []))
        return super().message_notify(**kwargs)

    def message_change_thread(self, new_thread, new_parent_message=False):
        """Mail stays where the rule protects it."""
        raise UserError(self.env._("The messages of an email conversation cannot be moved."))

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """A follower who lost the view is no longer told."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        partners = self.env["res.partner"].browse(recipient["id"] for recipient in recipients)
        readers = self._filter_readers(partners)
        return [recipient for recipient in recipients if recipient["id"] in readers.ids]

    def _check_readers(self, partners):
        """Raise unless each partner is a user who may read the conversation.

        :raise UserError: names those who may not
        """
        outsiders = partners - self._filter_readers(partners)
        if outsiders:
            # sudo: res.partner - the names of those whom the user just chose
            names = ", ".join(name or "" for name in outsiders.sudo().mapped("name"))
            raise UserError(
                self.env._(
                    "%(names)s cannot read this conversation, and so cannot be told of it here. "
                    "Share it, or write to them in another way.",
                    names=names,
                )
            )

    def _filter_readers(self, partners):
        """Return the partners whose user may read all of these conversations, by their own rule."""
        # sudo: res.users - to tell which partners are users who may read this
        users = partners.sudo().user_ids.filtered(lambda user: user._is_internal())
        readers = users.filtered(
            lambda user: all(conversation._is_read_by(user) for conversation in self)
        )
        return partners & readers.partner_id.with_env(self.env)
