import dataclasses
import time

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..mailbox import errors
from ..mailbox.imap import ImapSession
from ..mime.parse import parse

SHORTEST_QUERY = 3  # characters
MOST_FINDS = 20  # mails that are shown
MOST_IN_A_FOLDER = 10  # mails of a folder that are looked at
ANSWER_SECONDS = 10  # patience with one answer of the server
SEARCH_SECONDS = 20  # no further folder is searched after that


class EmailSyncAccountInquiry(models.TransientModel):
    """Answers "why is this mail not here?": from what is stored, then from the mailbox itself."""

    _name = "email.sync.account.inquiry"
    _inherit = ["email.sync.account.question"]
    _description = "Search for a Missing Mail"

    query = fields.Char("Subject, sender or Message-ID")
    is_answered = fields.Boolean(readonly=True)
    note = fields.Text(readonly=True, help="What could not be searched, and why.")
    find_ids = fields.One2many("email.sync.account.inquiry.find", "inquiry_id", readonly=True)

    def _check_may_answer(self):
        self.account_id._check_is_member()

    def action_search(self):
        """Search here and on the server; the finds say what became of each mail."""
        self.ensure_one()
        self._check_may_answer()
        text = " ".join((self.query or "").replace("\0", "").split()).strip("<>")
        if len(text) < SHORTEST_QUERY:
            raise UserError(
                self.env._("Please type at least three characters of the subject or the sender.")
            )
        finds = self._find_here(text)
        note = self._find_on_server(text, finds)
        # sudo: email.sync.account.inquiry.find - written by the server only
        self.sudo().find_ids.unlink()
        ordered = sorted(finds.values(), key=lambda vals: vals["date"] or fields.Datetime.now())
        self.env["email.sync.account.inquiry.find"].sudo().create(
            [{"inquiry_id": self.id, **vals} for vals in ordered[::-1][:MOST_FINDS]]
        )
        self.write({"is_answered": True, "note": note})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why is this mail not here?"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    # ------------------------------------------------------------
    # HERE
    # ------------------------------------------------------------

    def _find_here(self, text):
        """Return ``{key: vals of a find}`` of stored mails."""
        messages = self.env["email.sync.message"].search(
            [
                ("account_id", "=", self.account_id.id),
                "|",
                ("subject", "ilike", text),
                "|",
                ("from_email", "ilike", text),
                "|",
                ("from_name", "ilike", text),
                ("message_id", "=", f"<{text}>"),
            ],
            limit=MOST_FINDS,
        )
        return {message: self._get_stored_vals(message) for message in messages}

    def _get_stored_vals(self, message):
        places = message.placement_ids.filtered(lambda placement: placement.outcome == "stored")
        explanation = self.env._("It is here, in its conversation.")
        if message.is_removed:
            explanation = self.env._(
                "It is no longer in the mailbox, but was kept here, in its conversation."
            )
        if message.is_beginning:
            explanation = f"{explanation} {message._get_beginning_sentence()}"
        return {
            "outcome": "gone" if message.is_removed else "stored",
            "subject": message.subject,
            "sender": message.from_name or message.from_email,
            "date": message.date,
            "folder_name": ", ".join(sorted(set(places.folder_id.mapped("name")))),
            "explanation": explanation,
            "conversation_id": message.conversation_id.id,
        }

    # ------------------------------------------------------------
    # ON THE SERVER
    # ------------------------------------------------------------

    def _find_on_server(self, text, finds):
        """Add what the mailbox has.

        :param dict finds: as of :meth:`_find_here`
        :return: what could not be searched, False if all was
        """
        account = self.account_id
        if account.state != "running" or not account.active or account.is_paused:
            return self.env._(
                "Syncing is stopped, so that only what is here was searched, not the mailbox."
            )
        skipped = []
        end = time.monotonic() + SEARCH_SECONDS
        try:
            with self._open_imap() as session:
                for folder in account.folder_ids.filtered("is_selectable"):
                    if folder.is_missing:
                        continue
                    if time.monotonic() > end or not self._search_folder(
                        folder, session, text, finds
                    ):
                        skipped.append(folder.name)
        except errors.MailboxError as error:
            reason = self.env["email.sync.error"]._get_text(error, account.imap_host)
        except UserError as error:
            reason = str(error)
        else:
            return bool(skipped) and self.env._(
                "These folders could not be searched now: %(folders)s. Please try again later.",
                folders=", ".join(skipped),
            )
        return self.env._("The mailbox could not be searched to the end. %(reason)s", reason=reason)

    def _open_imap(self):
        # sudo: email.sync.account - members search their mailbox without seeing its password
        account = self.account_id.sudo()
        endpoint = dataclasses.replace(account._get_imap_endpoint(), timeout=ANSWER_SECONDS)
        return ImapSession.connect(
            endpoint, account._get_credentials(), account._get_network_policy()
        )

    def _search_folder(self, folder, session, text, finds):
        """Add what one folder has; return whether it could be searched."""
        try:
            session.select(folder.name)
            uids = session.search_text(text)[-MOST_IN_A_FOLDER:]
            told = {item.uid: item for item in session.fetch_metadata(uids)} if uids else {}
        except (errors.FolderError, errors.CommandRefusedError):
            return False
        placements = {
            placement.uid: placement
            for placement in self.env["email.sync.placement"].search(
                [("folder_id", "=", folder.id), ("uid", "in", uids)]
            )
        }
        if folder._is_other_mailbox(session.selected):
            placements = {}
        unstored = []
        for uid in uids:
            placement = placements.get(uid)
            if placement and placement.message_id:
                message = placement.message_id
                finds[message] = self._get_stored_vals(message)
            elif uid in told:
                unstored.append(told[uid])
        for fetched in session.fetch_headers(unstored) if unstored else ():
            parsed = parse(fetched.source or b"")
            placement = placements.get(fetched.uid, self.env["email.sync.placement"])
            vals = self._get_unstored_vals(folder, told[fetched.uid], placement, parsed)
            finds.setdefault((parsed.message_id or folder, fetched.uid), vals)
        return True

    def _get_unstored_vals(self, folder, metadata, placement, parsed):
        outcome, explanation = self._explain(folder, metadata, placement)
        sender = parsed.from_[0] if parsed.from_ else None
        arrival = metadata.internal_date and metadata.internal_date.replace(tzinfo=None)
        return {
            "outcome": outcome,
            "subject": parsed.subject,
            "sender": sender and (sender.name or sender.email),
            "date": arrival,
            "folder_name": folder.name,
            "explanation": explanation,
            "placement_id": placement.id,
        }

    def _explain(self, folder, metadata, placement):
        """Return (outcome, sentence) of a mail that is on the server and not here."""
        account = self.account_id
        arrival = metadata.internal_date and metadata.internal_date.replace(tzinfo=None)
        start = account._get_sync_from_datetime()
        is_early = bool(start and arrival and arrival < start)
        if placement.outcome == "before_start" or (is_early and folder.is_synced):
            return "before_start", self.env._(
                "It is older than the start date: mail is synced from %(start)s on. Choose an "
                "earlier day under Sync past mail to fetch it.",
                start=format_date(self.env, account.sync_from),
            )
        if placement.outcome == "quarantined":
            return "quarantined", self.env._(
                "It could not be stored and is kept aside, to be tried again every day. The "
                "reason: %(reason)s",
                reason=placement.reason or "?",
            )
        if placement.outcome == "unreadable":
            return "unreadable", placement.reason or self.env._(
                "The server lists the mail but does not deliver it. It is asked for again every "
                "day."
            )
        if placement.outcome == "too_large":
            return "too_large", self.env._(
                "It is too large: %(size)s MB. An administrator sets how large a mail may be.",
                size=round(metadata.size / 1024 / 1024, 1),
            )
        if not folder.is_synced:
            return "not_synced", self.env._(
                "It lies in a folder that is not synced. Choose the folder under Folders to have "
                "its mail here."
            )
        return "pending", self.env._("It is on the server, and comes with one of the next syncs.")
