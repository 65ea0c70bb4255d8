"""Read and write mail: bytes in, values out, and back.

Nothing in this package knows Odoo, a record or a server. What it is given may come from anybody:
no input makes it raise, stall or grow without bound (:class:`.message.Limits`).
"""
