from odoo import models


class EmailSyncOpeningMixin(models.AbstractModel):
    """What holds the content of mail: reading it by emergency access is noted.

    Where rows are fetched, as every path of reading ends there.
    """

    _name = "email.sync.opening.mixin"
    _description = "Content of Mail"

    def _fetch_query(self, query, fields):
        fetched = super()._fetch_query(query, fields)
        fetched._note_openings()
        return fetched

    def _note_openings(self):
        emergencies = self.env["email.sync.emergency"]
        if not self.env.su and self and emergencies._is_reader():
            emergencies._note_openings(self._get_opened_conversations())

    def _get_opened_conversations(self):
        """Return the conversations whose mail these records hold, in the superuser's mode."""
        raise NotImplementedError


class EmailSyncMessage(models.Model):
    _name = "email.sync.message"
    _inherit = ["email.sync.message", "email.sync.opening.mixin"]

    def _get_opened_conversations(self):
        return self.sudo().conversation_id  # sudo: email.sync.message - what was read just now


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message", "email.sync.opening.mixin"]

    def fetch(self, field_names=None):
        self._note_openings()  # core fetches messages as superuser, once they were checked
        return super().fetch(field_names)

    def _get_opened_conversations(self):
        # sudo: mail.message - which document the entry that was read just now hangs on
        entries = self.sudo().filtered(lambda entry: entry.model == "email.sync.conversation")
        return self.env["email.sync.conversation"].sudo().browse(set(entries.mapped("res_id")))


class IrAttachment(models.Model):
    _name = "ir.attachment"
    _inherit = ["ir.attachment", "email.sync.opening.mixin"]

    def _get_opened_conversations(self):
        # sudo: ir.attachment - which document the file that was read just now belongs to
        files = self.sudo().filtered(lambda file: file.res_model == "email.sync.conversation")
        return self.env["email.sync.conversation"].sudo().browse(set(files.mapped("res_id")))
