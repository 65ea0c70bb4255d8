"""Speak IMAP and SMTP to mail servers; values in, values out.

Nothing in this package knows Odoo or a record. Every failure leaves it as an error of
:mod:`.errors`, whose class alone says what the caller should do next.
"""
