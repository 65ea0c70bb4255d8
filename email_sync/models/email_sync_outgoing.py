import re
from urllib.parse import parse_qs, urlsplit

from odoo import api, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tools.mimetypes import guess_mimetype

from ..mailbox.errors import MessageTooLargeError
from ..mime.addresses import parse_addresses
from ..mime.compose import Attachment, compose
from ..mime.embed import embed_pictures
from ..mime.message import Address
from ..mime.parse import part_content

RECIPIENTS_LIMIT = 100  # what every server has to take: RFC 5321 section 4.5.3.1.8
_ODOO_PICTURE = re.compile(r"/web/(?:image|content)/(\d+)(?:-[^/]*)?(?:/.*)?")
_MAIL_PICTURE = re.compile(r"/email_sync/message/(\d+)/part/([\d.]+)")


class EmailSyncOutgoing(models.AbstractModel):
    """Writes mail and hands it to the sending server of an account."""

    _name = "email.sync.outgoing"
    _description = "Outgoing Mail"

    # ------------------------------------------------------------
    # RECIPIENTS
    # ------------------------------------------------------------

    @api.model
    def _parse_recipients(self, to, cc, bcc):
        """Read the address lines; who is named twice gets the mail once.

        :return: lists of :class:`..mime.message.Address` for To, Cc and Bcc
        :raise UserError: nobody, too many, or something that is no address
        """
        seen, result = set(), []
        for line in (to, cc, bcc):
            addresses = []
            for address in parse_addresses((line or "").replace("\n", ",")):
                if not address.normalized:
                    raise UserError(
                        self.env._(
                            "“%(text)s” is not an email address. Write it as name@company.com, and "
                            "separate several with commas.",
                            text=address.email or address.name,
                        )
                    )
                if address.normalized not in seen:
                    seen.add(address.normalized)
                    addresses.append(address)
            result.append(addresses)
        if not seen:
            raise UserError(self.env._("Who shall get the mail? Fill in at least one recipient."))
        if len(seen) > RECIPIENTS_LIMIT:
            raise UserError(
                self.env._(
                    "A mail to more than %(limit)s people is a mailing, which mail servers refuse "
                    "from a mailbox.",
                    limit=RECIPIENTS_LIMIT,
                )
            )
        return result

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    @api.model
    def _compose(self, account, recipients, html, attachments, **header):
        """Write a mail as the account.

        :param recipients: lists of addresses for To, Cc and Bcc
        :param str html: the text, with Odoo's own addresses of pictures
        :param attachments: ``ir.attachment`` records that the user may read
        :param header: ``subject``, ``message_id``, ``in_reply_to`` and ``references`` of
            :func:`..mime.compose.compose`
        :return: the mail as it is sent, without Bcc
        :rtype: bytes
        :raise UserError: something in it cannot be written
        """
        to, cc, bcc = recipients
        html, pictures = embed_pictures(html, self._get_picture)
        html = str(self.env["mail.render.mixin"]._replace_local_links(html))
        files = [
            Attachment(attachment.name, attachment.raw or b"", attachment.mimetype or "")
            for attachment in attachments
        ]
        try:
            return compose(
                Address(account.name or "", account.email),
                to,
                header.pop("subject"),
                html,
                cc=cc,
                bcc=bcc,
                attachments=[*pictures, *files],
                **header,
            )
        except ValueError as error:
            raise UserError(
                self.env._("This mail cannot be written: %(reason)s.", reason=error)
            ) from error

    @api.model
    def _get_picture(self, url):
        """Return (name, bytes, media type) of a picture that lies in Odoo, for who may see it.

        :param str url: as the editor writes it
        :return: None for a picture from elsewhere, or one that the user may not see
        """
        parts = urlsplit(url)
        if parts.netloc and parts.netloc != urlsplit(self.env["mail.thread"].get_base_url()).netloc:
            return None
        if match := _MAIL_PICTURE.fullmatch(parts.path):
            return self._get_mail_picture(int(match[1]), match[2])
        if match := _ODOO_PICTURE.fullmatch(parts.path):
            token = parse_qs(parts.query).get("access_token", [None])[0]
            return self._get_odoo_picture(int(match[1]), token)
        return None

    @api.model
    def _get_odoo_picture(self, attachment_id, access_token):
        binary = self.env["ir.binary"]
        try:
            attachment = binary._find_record(
                res_model="ir.attachment", res_id=attachment_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return None
        return self._as_picture(attachment.name, attachment.raw)

    @api.model
    def _get_mail_picture(self, message_id, section):
        message = self.env["email.sync.message"].search([("id", "=", message_id)])
        part = message and next(
            (part for part in message._parse().parts if part.section == section), None
        )
        if not part:
            return None
        content = part_content(message._open_source(), section)
        return self._as_picture(message._get_part_name(part), content)

    @api.model
    def _as_picture(self, name, content):
        mimetype = guess_mimetype(content) if content else ""
        return (name, content, mimetype) if mimetype.startswith("image/") else None

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _deliver(self, account, recipients, source):
        """Hand a mail to the sending server of an account.

        :param recipients: lists of addresses for To, Cc and Bcc
        :param bytes source: the mail
        :return: ``{address: (SMTP code, text)}`` of who was refused while others were not
        :raise MailboxError: see :meth:`..mailbox.smtp.SmtpSession.send`
        """
        limit = self.env["email.sync.engine"]._get_max_size()
        if len(source) > limit:
            # What is too large to be synced would never be seen again here.
            raise MessageTooLargeError(size=len(source), limit=limit)
        addresses = [address.email for addresses in recipients for address in addresses]
        # sudo: email.sync.account - the sealed password; callers checked that the user may send
        with account.sudo()._open_smtp() as session:
            return session.send(account.email, addresses, source)
