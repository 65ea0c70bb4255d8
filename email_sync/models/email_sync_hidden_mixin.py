from odoo import api, models
from odoo.exceptions import MissingError
from odoo.tools.translate import get_translation


class EmailSyncHiddenMixin(models.AbstractModel):
    """What may not be read is answered for like what does not exist.

    Core tells the two apart: it raises an error of access for the one and of absence for the
    other, and in developer mode the former names the record, which for a mail is its subject. Here
    the answers are the same, and so are the queries behind them, so that neither an error nor the
    time it takes tells that there is something to hide.
    """

    _name = "email.sync.hidden.mixin"
    _description = "Hidden Is Missing"

    @api.private
    def exists(self):
        """Return the records that exist and that the current user may read; see core's."""
        if self.env.su:
            return super().exists()
        ids = [id_ for id_ in self._ids if isinstance(id_, int)]
        known = set()
        if ids and self.browse().has_access("read"):
            known = set(self._search([("id", "in", ids)], active_test=False))
        return self.filtered(lambda record: not isinstance(record.id, int) or record.id in known)

    def _check_access(self, operation):
        if self.env.su or not any(self._ids):
            return super()._check_access(operation)
        hidden = self - self.exists()
        result = super(EmailSyncHiddenMixin, self - hidden)._check_access(operation)
        if not hidden:
            return result
        forbidden = hidden + result[0] if result else hidden
        return forbidden, hidden[:1]._make_missing_error

    def _make_missing_error(self):
        """Return the error that core raises for a record that does not exist.

        See ``odoo.orm.fields.Field.__get__``; in core's own translation, to the letter.
        """
        lang = self.env.lang or "en_US"
        lines = [
            get_translation("base", lang, "Record does not exist or has been deleted.", ()),
            get_translation(
                "base",
                lang,
                "(Record: %(record)s, User: %(user)s)",
                {"record": self.sudo(False), "user": self.env.uid},
            ),
        ]
        return MissingError("\n".join(lines))
