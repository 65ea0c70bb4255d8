import contextlib
import os
from io import BytesIO
from zipfile import is_zipfile

from odoo import api, fields, models

SEALED_MODELS = ("email.sync.composer", "email.sync.message", "email.sync.placement")


class IrAttachment(models.Model):
    """The file of a mail's source is closed to everybody, as its field is.

    Core lets administrators read the files of fields that are closed to them, where they may read
    the record: with the source, the Bcc of a shared mail.
    """

    _inherit = "ir.attachment"

    @api.model
    def _get_path(self, bin_data, sha):
        """Remove a file that was begun and not finished before looking for a collision.

        Core writes a file in place. A process that is killed at it, or a full disk, leaves a part
        of it, which core then takes for another content with the same digest: the mail it belongs
        to could never be stored.
        """
        name = f"{sha[:2]}/{sha}"
        with contextlib.suppress(FileNotFoundError):
            size = os.stat(self._full_path(name)).st_size
            if size != len(bin_data) and not self._is_whole_file(name, size):
                os.unlink(self._full_path(name))
        return super()._get_path(bin_data, sha)

    @api.model
    def _is_whole_file(self, name, size):
        """Whether an attachment has this file, in this size."""
        self.env.cr.execute(
            "SELECT 1 FROM ir_attachment WHERE store_fname = %s AND file_size = %s LIMIT 1",
            [name, size],
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        if not (self.env.su or bypass_access) and self.env.is_system():
            domain = fields.Domain(domain) & (
                fields.Domain("res_field", "=", False)
                | fields.Domain("res_model", "not in", SEALED_MODELS)
            )
        return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self.env.is_system():
            return result
        forbidden, get_error = result or (self.browse(), None)
        # sudo: ir.attachment - which field they are the file of
        sealed = (self - forbidden).filtered(
            lambda attachment: (
                attachment.sudo().res_field and attachment.sudo().res_model in SEALED_MODELS
            )
        )
        if not sealed:
            return result
        return forbidden + sealed, get_error or (
            lambda: self.env["ir.rule"]._make_access_error(operation, sealed)
        )

    @api.model
    def _index(self, bin_data, file_type, checksum=None):
        """Of what came by mail, only text is searched: an archive that is unpacked can be a bomb.

        Other modules go by the content, whatever the file is called.
        """
        if self.env.context.get("email_sync_no_unpacking") and (
            not (file_type or "").startswith("text/")
            or is_zipfile(BytesIO(bin_data))
            or b"%PDF-" in bin_data[:1024]
        ):
            return None
        return super()._index(bin_data, file_type, checksum=checksum)
