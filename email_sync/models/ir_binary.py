from odoo import models

from ..mime.picture import PICTURE_ERRORS, is_drawable


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _find_record(
        self, xmlid=None, res_model="ir.attachment", res_id=None, access_token=None, field=None
    ):
        """An address that was handed out opens a mail's attachment only for who may read it now.

        Core's tokens open a file for weeks, to anybody, without asking for rights again.
        """
        record = super()._find_record(xmlid, res_model, res_id, access_token, field)
        # sudo: ir.attachment - which document it belongs to
        if self._is_mail_attachment(record.sudo()):
            record = record.sudo(False)
            record.check_access("read")
            record._note_openings()
        return record

    def _get_image_stream_from(
        self, record, field_name="raw", *args, width=0, height=0, crop=False, **kwargs
    ):
        """A mail's picture that would fill the memory, or is damaged, is not scaled but sent as is.

        Core unpacks it, whatever its size, and answers with an error where that fails.
        """
        size = {"width": width, "height": height, "crop": crop}
        if self._is_mail_attachment(record) and any(size.values()):
            if not is_drawable(record.raw or b""):
                size = {}
            else:
                try:
                    return super()._get_image_stream_from(
                        record, field_name, *args, **size, **kwargs
                    )
                except PICTURE_ERRORS:
                    size = {}
        return super()._get_image_stream_from(record, field_name, *args, **size, **kwargs)

    def _is_mail_attachment(self, record):
        return record._name == "ir.attachment" and (record.res_model or "").startswith(
            "email.sync."
        )
