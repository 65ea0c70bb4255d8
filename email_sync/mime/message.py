"""What a mail says, as plain values."""

from dataclasses import dataclass, field
from datetime import datetime

from .normalize import normalize_address


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work one mail may cause; what lies beyond is left out and noted as a defect.

    :ivar header_bytes: bytes of one header section that are read
    :ivar header_value: bytes of one unstructured field that are read (Subject, Message-ID)
    :ivar parts: MIME entities that are looked at
    :ivar depth: levels of multiparts in multiparts
    :ivar text_bytes: bytes of displayed text that are decoded, over all parts
    :ivar addresses: addresses read from one kind of field
    :ivar references: message identifiers kept of References
    """

    header_bytes: int = 1 << 20
    header_value: int = 10_000
    parts: int = 2_000
    depth: int = 50
    text_bytes: int = 2 << 20
    addresses: int = 10_000
    references: int = 100


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of an address field.

    :ivar name: display name, decoded; '' where there is none
    :ivar email: address as it was written; '' where the field held a bare name only
    """

    name: str
    email: str

    @property
    def normalized(self):
        """The address for comparing: lower case, domain in ASCII (IDNA); '' when unusable."""
        return normalize_address(self.email)


@dataclass(slots=True)
class Part:
    """An attachment, or a picture that belongs into the text.

    :ivar section: part number as in IMAP (RFC 9051 section 6.4.5); what lies in a winmail.dat has
        a zero after the number of the winmail.dat: ``2.0.1``
    :ivar content_type: media type, lower case, without parameters
    :ivar filename: name without path, control characters and direction overrides; never longer
        than 200 characters; '' where the mail gives none
    :ivar size: bytes once decoded; estimated from the encoded length
    :ivar disposition: 'attachment', 'inline' or ''
    :ivar content_id: identifier without angle brackets
    :ivar charset: as the mail names it; '' where it does not
    :ivar embedded: whether the mail's HTML shows this part in its text (a ``cid:`` reference)
    """

    section: str
    content_type: str
    filename: str = ""
    size: int = 0
    disposition: str = ""
    content_id: str = ""
    charset: str = ""
    embedded: bool = False


@dataclass(slots=True)
class ParsedMessage:
    """A mail. Text is free of what PostgreSQL or XML refuse (NUL, lone surrogates, controls).

    :ivar message_id: ``<…>`` without white space, '' where there is none
    :ivar original_message_id: the one the sender had given before Exchange changed it, or ''
    :ivar in_reply_to: identifiers of In-Reply-To
    :ivar references: identifiers of References, oldest first, at most ``Limits.references``
    :ivar date: of the Date field, aware, UTC; None when missing or impossible
    :ivar text: the mail as plain text, made from the HTML where it has nothing else
    :ivar html: the mail as HTML, as written: unsanitised; None when it has none
    :ivar parts: attachments and pictures in the order of the mail
    :ivar calendar: text of the first ``text/calendar`` part (RFC 5545), or ''
    :ivar auto_submitted: written by a program (RFC 3834)
    :ivar bulk: sent to many (List-* fields, Precedence)
    :ivar thread_index: Thread-Index of Outlook, as written
    :ivar odoo_objects: ``X-Odoo-Objects``, as Odoo writes it into its notifications
    :ivar trace: (field name, value) of Authentication-Results (RFC 8601) and Received, topmost
        first, folded as in the mail; filled where the mail has Authentication-Results; see
        :mod:`.authentication`
    :ivar digest: SHA-256 (hexadecimal) over what follows the header, white space aside: equal for
        copies of one mail in different folders
    :ivar defects: what was wrong with the mail, for whoever wonders why it looks as it does
    """

    message_id: str = ""
    original_message_id: str = ""
    in_reply_to: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    from_: list[Address] = field(default_factory=list)
    sender: list[Address] = field(default_factory=list)
    reply_to: list[Address] = field(default_factory=list)
    to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    bcc: list[Address] = field(default_factory=list)
    text: str = ""
    html: str | None = None
    parts: list[Part] = field(default_factory=list)
    calendar: str = ""
    list_id: str = ""
    auto_submitted: bool = False
    bulk: bool = False
    thread_topic: str = ""
    thread_index: str = ""
    odoo_objects: str = ""
    trace: list[tuple[str, str]] = field(default_factory=list)
    digest: str = ""
    defects: list[str] = field(default_factory=list)

    @property
    def attachments(self):
        """The parts a reader knows as attachments: all but the pictures in the text."""
        return [part for part in self.parts if not part.embedded]
