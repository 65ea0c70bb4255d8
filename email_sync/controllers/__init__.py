from . import email_sync
