from odoo import fields


class UnsignedInteger(fields.Integer):
    """An integer of up to 32 bits without sign: UID and UIDVALIDITY are such (RFC 3501, 9)."""

    _column_type = ("int8", "int8")
