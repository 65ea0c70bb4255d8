import zlib

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..mailbox.changes import is_keyword

# What programs note for themselves.
HIDDEN_KEYWORDS = {"$mdnsent", "nonjunk", "$notjunk", "notjunk", "$submitted", "$submitpending"}
# Thunderbird's labels, in colours near to its own; see $o-colors of web.
COLORS = {"$label1": 1, "$label2": 2, "$label3": 10, "$label4": 8, "$label5": 5}
COLOR_COUNT = 11  # that tags of Odoo may have, beside none
KNOWN_IN = 500  # mails of each folder, the newest, whose keywords are suggested


class EmailSyncMessage(models.Model):
    """Keywords of the mailbox (RFC 9051, 2.3.2), shown as tags to members of the account."""

    _inherit = "email.sync.message"

    def set_tag(self, keyword, is_set):
        """Set or remove a keyword, here and in the mailbox; for members of the account.

        :param str keyword: as the mail server has it, an atom of RFC 9051
        :param bool is_set: whether to set or to remove it
        """
        self.check_access("read")
        self.account_id._check_is_member()
        if not is_keyword(keyword):
            raise UserError(
                self.env._(
                    "A tag is one word of letters, digits and signs such as - and _, without "
                    "spaces and accents."
                )
            )
        # sudo: email.sync.message - a member changes the state of mail, not the mail
        self.sudo()._request_change(keyword, bool(is_set))
        self.conversation_id.invalidate_recordset(["tags", "tag_names"])

    @api.model
    def _get_keyword_names(self):
        """Return the names of keywords that have a meaning; Thunderbird's and RFC 8457's."""
        return {
            "$forwarded": self.env._("Forwarded"),
            "$junk": self.env._("Junk"),
            "junk": self.env._("Junk"),
            "$phishing": self.env._("Phishing"),
            "$important": self.env._("Important"),
            "$label1": self.env._("Important"),
            "$label2": self.env._("Work"),
            "$label3": self.env._("Personal"),
            "$label4": self.env._("To do"),
            "$label5": self.env._("Later"),
        }

    def _get_keywords(self):
        """Return ``{message id: sorted keywords}``, as they are wished here; for members only."""
        self.env["email.sync.placement"].flush_model()
        self.env["email.sync.change"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT message.id, keyword.name
                  FROM email_sync_message message
                  JOIN email_sync_account_member_rel member
                    ON member.account_id = message.account_id AND member.user_id = %s
                  JOIN LATERAL (
                        SELECT unnest(string_to_array(placement.flags, ' ')) AS name
                          FROM email_sync_placement placement
                         WHERE placement.message_id = message.id AND placement.outcome = 'stored'
                         UNION
                        SELECT change.flag
                          FROM email_sync_change change
                         WHERE change.message_id = message.id AND change.is_set
                           AND change.told_up_to IS NULL
                       ) keyword ON keyword.name != '' AND left(keyword.name, 1) != %s
                 WHERE message.id = ANY(%s)
                   AND NOT EXISTS (
                        SELECT FROM email_sync_change change
                         WHERE change.message_id = message.id
                           AND lower(change.flag) = lower(keyword.name)
                           AND NOT change.is_set
                           AND change.told_up_to IS NULL)
                """,
                self.env.uid,
                "\\",
                list(self.ids),
            )
        )
        found = {}
        for message_id, keyword in self.env.cr.fetchall():
            if keyword.lower() not in HIDDEN_KEYWORDS:
                found.setdefault(message_id, {}).setdefault(keyword.lower(), keyword)
        return {id_: sorted(by_name.values(), key=str.lower) for id_, by_name in found.items()}

    @api.model
    def _get_known_keywords(self, accounts):
        """Return the keywords to choose from: the common ones, and those in use in accounts."""
        for name in ("folder", "placement", "change"):
            self.env[f"email.sync.{name}"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT unnest(string_to_array(newest.flags, ' '))
                  FROM email_sync_folder folder
                  JOIN LATERAL (
                        SELECT placement.flags
                          FROM email_sync_placement placement
                         WHERE placement.folder_id = folder.id
                         ORDER BY placement.uid DESC
                         LIMIT %s
                       ) newest ON TRUE
                 WHERE folder.account_id = ANY(%s)
                 UNION
                SELECT change.flag
                  FROM email_sync_change change
                 WHERE change.account_id = ANY(%s) AND change.is_set
                """,
                KNOWN_IN,
                accounts.ids,
                accounts.ids,
            )
        )
        keywords = {keyword: keyword for keyword in COLORS}
        for (keyword,) in self.env.cr.fetchall():
            if keyword and not keyword.startswith("\\"):
                keywords.setdefault(keyword.lower(), keyword)
        return [keyword for name, keyword in keywords.items() if name not in HIDDEN_KEYWORDS]

    @api.model
    def _get_tags(self, keywords):
        """Return what is shown of keywords: ``keyword``, ``name`` and ``color`` of each."""
        names = self._get_keyword_names()
        return [
            {
                "keyword": keyword,
                "name": names.get(keyword.lower(), keyword),
                "color": self._get_keyword_color(keyword.lower()),
            }
            for keyword in keywords
        ]

    @api.model
    def _get_keyword_color(self, keyword):
        """Return the number of the colour that a keyword has for everybody, everywhere."""
        return COLORS.get(keyword) or zlib.crc32(keyword.encode()) % COLOR_COUNT + 1
