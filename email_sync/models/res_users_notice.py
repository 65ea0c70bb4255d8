from odoo import SUPERUSER_ID, models


class ResUsers(models.Model):
    """What the addon tells users at once: in Odoo, and by mail to who gets messages in Odoo."""

    _inherit = "res.users"

    def _tell_of_email_sync(self, subject, body):
        """Tell one user something; whoever's action it is, the system tells it.

        :param str subject: in the user's language
        :param markupsafe.Markup body: the same
        """
        self.ensure_one()
        # sudo: mail.thread, bus.bus - told by the system, whoever reads
        thread = self.env["mail.thread"].with_user(SUPERUSER_ID).sudo()
        thread.message_notify(partner_ids=self.partner_id.ids, subject=subject, body=body)
        self.partner_id._bus_send(
            "simple_notification",
            {"type": "warning", "sticky": True, "title": subject, "message": body.striptags()},
        )
        if self.notification_type == "inbox" and self.email:
            self._mail_of_email_sync(subject, body)

    def _mail_of_email_sync(self, subject, body):
        # sudo: mail.mail - told by the system, whoever reads
        mails = self.env["mail.mail"].with_user(SUPERUSER_ID).sudo()
        mails.create(
            {
                "subject": subject,
                "body_html": body,
                "email_to": self.email_formatted,
                "auto_delete": True,
            }
        ).send_after_commit()
