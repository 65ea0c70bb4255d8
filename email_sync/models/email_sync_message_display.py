import mimetypes

from odoo import api, models
from odoo.tools import email_normalize, html_sanitize
from odoo.tools.mimetypes import guess_mimetype

from ..mime.archive import is_encrypted
from ..mime.danger import find_danger
from ..mime.display import display_html
from ..mime.parse import parse, part_content
from ..mime.picture import is_drawable
from ..mime.structure import PARTS_LEFT_OUT
from ..mime.warnings import DANGERS

# Odoo goes by the content of what is called application/octet-stream.
NO_PICTURE = "application/x-binary"
PAGE_LIMIT = 30  # mails of a conversation that are shown at once
PARTICIPANTS_LIMIT = 200  # addresses shown of one mail
# Archives of one mail of which it is said that they need a password, and the bytes of the largest
ARCHIVES_LIMIT = 10
ARCHIVE_LIMIT = 20 * 1024 * 1024
ARCHIVE_TYPES = ("application/zip", "application/x-zip-compressed")
NAME_BY_TYPE = {"message/rfc822": ".eml", "text/calendar": ".ics"}


class EmailSyncMessage(models.Model):
    """What is shown of a mail is made from its source, sanitised, when it is shown."""

    _inherit = "email.sync.message"

    def _get_source(self):
        """Return the bytes of the mail as the server delivered them."""
        return self._open_source()[:]

    def _open_source(self):
        """Return the mail as the server delivered it.

        :return: bytes; of a large mail a :class:`..mime.source.Source`, of which little is in
            memory
        """
        self.ensure_one()
        self._note_openings()
        # sudo: ir.attachment - the source is closed to users; callers checked the mail
        # A form is read with sizes in place of content; what a mail says is not asked for so.
        attachments = self.env["ir.attachment"].sudo().with_context(bin_size=False)
        return attachments.search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "source"),
                ("res_id", "=", self.id),
            ],
            limit=1,
        )._open_source()

    def _parse(self):
        return parse(self._open_source())

    def _get_display_html(self, parsed=None, remote=False):
        """Return what a browser may be given.

        :param parsed: the parsed mail, where the caller has it
        :param bool remote: let remote pictures load
        :return: the sanitised HTML, and whether remote content was held back
        :rtype: tuple[markupsafe.Markup, bool]
        """
        self.ensure_one()
        html, has_remote_content = display_html(
            parsed or self._parse(),
            self._get_part_url,
            remote=remote,
            invitation_labels=self._get_invitation_labels(),
            shortened=self.env._(
                "This mail is too long to be shown in full. Members of its mailbox download the "
                "whole mail from its details."
            ),
        )
        return self._sanitize_display_html(html), has_remote_content

    @api.model
    def _sanitize_display_html(self, html):
        """Odoo's sanitiser at its strictest: the one judge of what is safe to show."""
        return html_sanitize(
            html,
            sanitize_tags=True,
            sanitize_attributes=True,
            sanitize_style=True,
            sanitize_form=True,
            strip_classes=True,
        )

    def _get_invitation_labels(self):
        return {
            "request": self.env._("Invitation"),
            "cancel": self.env._("Cancelled event"),
            "reply": self.env._("Answer to an invitation"),
            "publish": self.env._("Event"),
            "when": self.env._("When"),
            "where": self.env._("Where"),
            "organizer": self.env._("Organizer"),
            "attendees": self.env._("Attendees"),
            "repeats": self.env._("Repeats"),
        }

    def _get_part_url(self, part):
        self.ensure_one()
        return f"/email_sync/message/{self.id}/part/{part.section}"

    def _get_part_name(self, part):
        """Return the name of a part, one made up where the mail gives none."""
        if part.filename:
            return part.filename
        extension = NAME_BY_TYPE.get(part.content_type) or mimetypes.guess_extension(
            part.content_type, strict=True
        )
        return self.env._("attachment") + (extension or "")

    def _get_part_mimetype(self, part, content):
        """Return the media type that Odoo keeps of a part.

        Odoo draws and scales what is a picture: not where that would fill the memory.

        :param bytes content: of the part; b"" for one too large to be looked at
        """
        is_picture = part.content_type.startswith("image/") or guess_mimetype(
            content[:1024]
        ).startswith("image/")
        is_drawn = is_picture and "svg" not in part.content_type
        if is_drawn and not is_drawable(content):
            return NO_PICTURE
        return part.content_type

    def _find_encrypted_archives(self, parts):
        """Return the section numbers of ZIP files that open by a password only (set).

        Their directories are read and nothing is unpacked.
        """
        archives = [
            part
            for part in parts
            if part.size <= ARCHIVE_LIMIT
            and (part.filename.lower().endswith(".zip") or part.content_type in ARCHIVE_TYPES)
        ][:ARCHIVES_LIMIT]
        source = archives and self._open_source()
        return {
            part.section for part in archives if is_encrypted(part_content(source, part.section))
        }

    def _get_part_warning(self, part, encrypted=()):
        """Return a sentence about an attachment that can do harm when opened, '' for others.

        :param encrypted: see :meth:`_find_encrypted_archives`
        """
        danger = find_danger(part.filename)
        if not danger and part.section in encrypted:
            danger = "encrypted"
        return {
            "": "",
            "encrypted": self.env._(
                "This archive opens by a password only, so that no virus scanner has seen what is "
                "in it. Open it only if you expected it."
            ),
            "program": self.env._("This is a program. Open it only if you expected it."),
            "disguised": self.env._(
                "This is a program whose name looks like a document. Do not open it."
            ),
            "image": self.env._(
                "This is a disk image, which can hold programs. Open it only if you expected it."
            ),
            "macros": self.env._(
                "This document can hold macros. Do not allow them unless you expected it."
            ),
            "page": self.env._(
                "This is a web page. Do not enter passwords in it: it may imitate another page."
            ),
            "link": self.env._("This file opens something else. Open it only if you expected it."),
        }[danger]

    # ------------------------------------------------------------
    # THE CONVERSATION'S PAGE
    # ------------------------------------------------------------

    @api.model
    def get_conversation_display(self, conversation_id, before=None):
        """Return the newest mails of a conversation, or those before one of them.

        :param int conversation_id: a conversation that the user may read
        :param int before: id of a mail of it that is shown already
        :return: ``mails``: lines, oldest first, the newest mail of all with its ``display``;
            ``earlier_count``: how many stand before them
        :rtype: dict
        """
        domain = [("conversation_id", "=", conversation_id)]
        first = self.search([*domain, ("id", "=", before)]) if before else self
        if first:
            domain += [
                "|",
                ("date", "<", first.date),
                "&",
                ("date", "=", first.date),
                ("id", "<", first.id),
            ]
        messages = self.search(domain, order="date DESC, id DESC", limit=PAGE_LIMIT)
        earlier_count = 0
        if len(messages) == PAGE_LIMIT:
            earlier_count = self.search_count(domain) - PAGE_LIMIT
        lines = messages._get_line_values()
        if messages and not first:
            lines[0]["display"] = messages[0]._get_display_values(remote=False)
        return {"mails": lines[::-1], "earlier_count": earlier_count}

    def _get_line_values(self):
        avatars = self._get_avatar_partners()
        keywords = self._get_keywords()
        return [
            {
                "id": message.id,
                "entry_id": message.mail_message_id.id,
                "date": message.date,
                "subject": message.subject or "",
                "from_name": message.from_name or "",
                "from_email": message.from_email or "",
                "avatar_partner_id": avatars.get(message.id, False),
                "snippet": message.snippet or "",
                "is_read": message.is_read,
                "is_flagged": message.is_flagged,
                "is_outgoing": message.is_outgoing,
                "is_removed": message.is_removed,
                "removed_since": message.is_removed and message.removed_since,
                "tags": self._get_tags(keywords.get(message.id, ())),
                "attachment_count": message.attachment_count,
                "is_automatic": message.is_automatic,
                "has_doubtful_sender": message.sender_finding in DANGERS,
            }
            for message in self
        ]

    def _get_avatar_partners(self):
        """Return the id of the contact whose picture stands for the sender, by message id."""
        addresses = {message.id: email_normalize(message.from_email) for message in self}
        by_address = self._get_partners_by_sender(set(addresses.values()))
        return {
            message_id: by_address[address]
            for message_id, address in addresses.items()
            if address in by_address
        }

    @api.model
    def _get_partners_by_sender(self, addresses):
        """Return the ids of contacts, by address: of users their own, else one the reader sees.

        :param addresses: normalised addresses, or False
        """
        addresses = [address for address in addresses if address]
        partners = self.env["res.partner"].search_fetch(
            [("email_normalized", "in", addresses)], ["email_normalized"], order="id DESC"
        )
        by_address = {partner.email_normalized: partner.id for partner in partners}
        # sudo: email.sync.account - whose a personal mailbox is; its mail says so
        accounts = (
            self.env["email.sync.account"]
            .sudo()
            .search([("email", "in", addresses), ("account_type", "=", "personal")])
        )
        by_address.update({account.email: account.owner_id.partner_id.id for account in accounts})
        return by_address

    def get_display(self, remote=False):
        """Return what the conversation's page shows of its mails.

        :param bool remote: let remote pictures load
        :return: dicts with ``id``, ``html`` (sanitised), ``has_remote_content``,
            ``attachments``, ``participants`` by role, for members the ``source_url``, and what
            :meth:`_get_sender_values` says about the sender
        :rtype: list[dict]
        :raise AccessError: unless the user may read all of them
        """
        self.check_access("read")
        return [message._get_display_values(remote) for message in self]

    def _get_display_values(self, remote):
        parsed = self._parse()
        sender = self._get_sender_values(parsed)
        pictures = self._get_picture_values(parsed, sender)
        html, has_remote_content = self._get_display_html(
            parsed, remote or pictures["shows_pictures"]
        )
        is_member = self.conversation_id.is_account_member
        participants = self._get_participant_values(is_member)
        encrypted = self._find_encrypted_archives(parsed.attachments)
        return {
            "id": self.id,
            "html": html,
            "has_remote_content": has_remote_content,
            "attachments": [
                {
                    "name": self._get_part_name(part),
                    "mimetype": part.content_type,
                    "size": part.size,
                    "url": self._get_part_url(part),
                    "warning": self._get_part_warning(part, encrypted),
                }
                for part in parsed.attachments
            ],
            "participants": participants,
            "has_more_participants": sum(map(len, participants.values())) >= PARTICIPANTS_LIMIT,
            "source_url": is_member and f"/email_sync/message/{self.id}/source",
            "notice": self._get_parts_notice(parsed),
            **sender,
            **pictures,
        }

    def _get_parts_notice(self, parsed):
        """Return a sentence about attachments that are not listed, '' where all are."""
        if PARTS_LEFT_OUT not in parsed.defects:
            return ""
        return self.env._(
            "This mail has more attachments than are listed here. Members of its mailbox download "
            "the whole mail from its details."
        )

    def _get_participant_values(self, is_member):
        roles = ["from", "to", "cc", "reply_to"]
        if is_member:
            roles.append("bcc")  # known to nobody but the sender
        domain = [("message_id", "=", self.id), ("role", "in", roles)]
        participants = self.env["email.sync.participant"].search(domain, limit=PARTICIPANTS_LIMIT)
        return {
            role: [
                {"name": participant.name or "", "email": participant.email or ""}
                for participant in participants
                if participant.role == role
            ]
            for role in roles
        }

    # ------------------------------------------------------------
    # CHATTERS
    # ------------------------------------------------------------

    @api.model
    def get_entry_display(self, mail_message_id):
        """Return the text of a chatter entry, with remote pictures.

        :param int mail_message_id: a chatter entry that the user may read
        :rtype: str
        :raise AccessError: unless the user may read it
        """
        message = self.search([("mail_message_id", "=", mail_message_id)])
        return message.get_display(remote=True)[0]["html"] if message else False
