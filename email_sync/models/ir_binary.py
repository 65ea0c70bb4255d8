from odoo import models


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
        is_attachment = record._name == "ir.attachment"
        if is_attachment and (record.sudo().res_model or "").startswith("email.sync."):
            record = record.sudo(False)
            record.check_access("read")
            record._note_openings()
        return record
