from odoo import api, models

DOCUMENT_MODEL = "email.sync.conversation"


class EmailSyncAnnexMixin(models.AbstractModel):
    """What core hangs on any document: messages, followers and activities.

    Core lets the author, the recipients and the creator of such a record read it whatever the
    rules of its document say. Where the document is a conversation, the conversation's own rule
    has the last word: a team is left at once, and a merged contact makes nobody a reader.
    """

    _name = "email.sync.annex.mixin"
    _description = "Annex of a Conversation"

    _document_model_field = "res_model"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        # After the search, as core itself does with messages and activities: as a part of the
        # domain, the rule would be asked about every conversation there is, by every search for a
        # message of whatever document.
        query = super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)
        if self.env.su or bypass_access:
            return query
        records = self.browse(query)
        hidden = records._get_hidden_annexes("read")
        return (records - hidden)._as_query(order) if hidden else query

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su:
            return result
        forbidden, get_error = result or (self.browse(), None)
        hidden = (self - forbidden)._get_hidden_annexes(operation)
        if not hidden:
            return result
        forbidden += hidden
        return forbidden, get_error or (lambda: hidden._make_access_error(operation))

    def _get_hidden_annexes(self, operation):
        """Return those whose conversation does not allow the operation to the current user."""
        # sudo: mail.message, mail.followers, mail.activity - which document they hang on
        annexes = self.sudo().search_fetch(
            [("id", "in", self.ids), (self._document_model_field, "=", DOCUMENT_MODEL)],
            ["res_id"],
            order="id",
        )
        documents = {record.id: record.res_id for record in annexes}
        if not documents:
            return self.browse()
        conversations = self.env[DOCUMENT_MODEL].browse(set(documents.values())).exists()
        allowed = conversations._filtered_access("read" if operation == "read" else "write")
        return self.browse(
            id_ for id_, document_id in documents.items() if document_id not in allowed.ids
        )

    def _make_access_error(self, operation):
        return self.env["ir.rule"]._make_access_error(operation, self)
