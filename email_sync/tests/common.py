from datetime import datetime, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime

from lxml import etree

from odoo.exceptions import AccessError, MissingError
from odoo.tests import TransactionCase, new_test_user

from ..mailbox.fetch import FetchedMessage
from ..mailbox.imap import MessageMetadata

# What may not be read is refused like what does not exist.
REFUSED = (AccessError, MissingError)
DATE = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)


def build_mail(
    sender="Ada Customer <ada@customer.example>",
    to="alice@company.example",
    subject="Quotation",
    text="Could you send us a quotation?",
    message_id="<1@customer.example>",
    date=DATE,
    references="",
    cc="",
    attachments=(),
    html=None,
):
    """Return the source (bytes) of a mail.

    :param attachments: (name, content, maintype, subtype) tuples
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    if cc:
        mail["Cc"] = cc
    mail["Subject"] = subject
    mail["Date"] = format_datetime(date)
    if message_id:
        mail["Message-ID"] = message_id
    if references:
        mail["References"] = references
        mail["In-Reply-To"] = references.split()[-1]
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content, maintype, subtype in attachments:
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return mail.as_bytes()


class EmailSyncCase(TransactionCase):
    """Users of least rights, an account each, and mail as if it were fetched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.alice = cls._new_user("alice", "sales_team.group_sale_salesman_all_leads")
        cls.bob = cls._new_user("bob", "sales_team.group_sale_salesman_all_leads")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Ada Customer", "email": "ada@customer.example"}
        )
        cls.account = cls._new_account(cls.alice)
        cls.inbox = cls._new_folder(cls.account, "INBOX", "inbox")
        cls.last_uid = 0

    @classmethod
    def _new_user(cls, login, groups):
        return new_test_user(
            cls.env, login, groups=groups, email=f"{login}@company.example", name=login.title()
        )

    @classmethod
    def _new_account(cls, owner, email=None, members=None, **vals):
        members = (members or cls.env["res.users"]) | owner
        return cls.env["email.sync.account"].create(
            {
                "email": email or owner.email,
                "owner_id": owner.id,
                "member_ids": [(6, 0, members.ids)],
                "sync_range": "everything",
                "login": email or owner.email,
                **vals,
            }
        )

    @classmethod
    def _new_folder(cls, account, name, special_use=False):
        return cls.env["email.sync.folder"].create(
            {
                "account_id": account.id,
                "name": name,
                "special_use": special_use,
                "is_synced": True,
                "uidvalidity": 1,
            }
        )

    @classmethod
    def _receive(cls, *sources, folder=None, flags=(), link=True, date=None):
        """Store mails as the engine does; return their messages in the order given.

        :param date: when they reached the server (aware), the date they bear if not given
        """
        folder = folder or cls.inbox
        fetched = []
        for source in sources:
            cls.last_uid += 1
            metadata = MessageMetadata(
                cls.last_uid, len(source), date or cls._get_date(source), frozenset(flags)
            )
            fetched.append(FetchedMessage(cls.last_uid, metadata, source))
        conversations = cls.env["email.sync.store"]._store(folder, fetched)
        if link:
            conversations._link_automatically()
            conversations._update_publication()
        placements = cls.env["email.sync.placement"].search(
            [
                ("folder_id", "=", folder.id),
                ("uid", ">", cls.last_uid - len(sources)),
            ],
            order="uid",
        )
        return placements.message_id

    @staticmethod
    def _read_as_shown(records, view_type):
        """Return the values (list of dicts) that a view of its user reads of the records."""
        view = records.get_views([(False, view_type)])["views"][view_type]
        names = etree.fromstring(view["arch"]).xpath("//field/@name")
        return records.web_read(dict.fromkeys(names, {}))

    @staticmethod
    def _get_date(source):
        header = message_from_bytes(source)["Date"]
        return parsedate_to_datetime(header).astimezone(timezone.utc) if header else DATE
