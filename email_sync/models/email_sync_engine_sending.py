from odoo import api, models

from ..mailbox import errors

SENT_FOLDER_NAME = "Sent"


class EmailSyncEngine(models.AbstractModel):
    """Puts copies of what was sent from here into the mailbox, each exactly once.

    The lane that holds the account does it, so that no sync looks at the folder meanwhile. A run
    that was killed after APPEND is made up for: the folder is asked for the Message-ID first.
    """

    _inherit = "email.sync.engine"

    @api.model
    def _get_busy_queries(self, accounts):
        waiting = self.env["email.sync.message"]._search(
            [("account_id", "in", accounts.ids), ("sent_copy", "=", "own")]
        )
        return [*super()._get_busy_queries(accounts), waiting]

    @api.model
    def _sync_folders(self, account, session, progress):
        self._file_sent_copies(account, session)
        return super()._sync_folders(account, session, progress)

    @api.model
    def _file_sent_copies(self, account, session):
        messages = self.env["email.sync.message"].search(
            [("account_id", "=", account.id), ("sent_copy", "=", "own")], order="id"
        )
        for message in messages:
            try:
                folder = self._get_sent_folder(account, session)
                self._file_sent_copy(folder, session, message)
            except (
                errors.FolderError,
                errors.MessageTooLargeError,
                errors.CommandRefusedError,
            ) as error:
                self._refuse_sent_copy(account, message, error)
            self._commit()

    @api.model
    def _get_sent_folder(self, account, session):
        """Return the folder of sent mail, made where the mailbox has none."""
        folder = account._find_sent_folder()
        if not folder:
            account._update_folders(session.list_folders())
            folder = account._find_sent_folder()
        if not folder:
            session.create_folder(SENT_FOLDER_NAME)
            account._update_folders(session.list_folders())
            folder = account._find_sent_folder()
        if not folder:
            raise errors.FolderGoneError(folder=SENT_FOLDER_NAME)
        return folder

    @api.model
    def _file_sent_copy(self, folder, session, message):
        status = session.select(folder.name)
        uids = session.search_message_id(message.message_id)
        if not uids:
            told = session.append(folder.name, message._get_source(), flags=["\\Seen"])
            uids = [told[1]] if told and told[0] == status.uidvalidity else []
        # Where the server does not say which UID the copy got, the sync of the folder finds it.
        if not folder._is_other_mailbox(status):
            folder._follow(status)
            # As the server has it: by size and date of arrival a copy that moves is recognised.
            store = self.env["email.sync.store"]
            store._insert_placements(
                [
                    store._get_placement_row(folder, item, "stored", message_id=message.id)
                    for item in session.fetch_metadata(uids)
                ]
            )
        message.sent_copy = False

    @api.model
    def _refuse_sent_copy(self, account, message, error):
        """Say on the conversation that the mail was sent, but lies in no folder."""
        message.sent_copy = "refused"
        message.conversation_id._message_log(
            body=self.env._(
                "“%(subject)s” was sent, but the server did not take a copy into the folder of "
                "sent mail: %(reason)s",
                subject=message.subject or "",
                reason=self._get_error_text(account, error),
            )
        )
