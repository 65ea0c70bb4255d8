import contextlib
import logging
import os
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

_logger = logging.getLogger(__name__)

KEY_ENVIRONMENT_VARIABLE = "EMAIL_SYNC_KEYS"
KEY_OPTION = "email_sync_keys"
KEY_FILE_NAME = "email_sync.key"


class SecretUnreadableError(UserError):
    """A secret was sealed under a key that this server does not have."""


class EmailSyncSecretMixin(models.AbstractModel):
    """Passwords and tokens, sealed with a key that is not in the database.

    The key comes, in this order, from the environment variable ``EMAIL_SYNC_KEYS``, from the
    option ``email_sync_keys`` of the server's configuration (both: Fernet keys separated by
    commas, the first one seals, all of them open), or from a file that is generated on first use
    in the server's data directory, readable by the server's user only. A dump of the database
    alone opens no mailbox.
    """

    _name = "email.sync.secret.mixin"
    _description = "Sealed Secret"

    sealed_secret = fields.Char(groups=fields.NO_ACCESS, copy=False)

    def _set_secret(self, secret):
        """Seal a secret on each record.

        :param str secret: a password or token; empty removes the secret
        """
        for record in self:
            # sudo: email.sync.secret.mixin - the field is closed to everybody, the server writes it
            record.sudo().sealed_secret = self._seal(secret) if secret else False

    def _get_secret(self):
        """Open the secret of one record.

        :return: the secret, an empty string when there is none
        :rtype: str
        :raise SecretUnreadableError: when it was sealed under a key that is no longer configured
        """
        self.ensure_one()
        # sudo: email.sync.secret.mixin - the field is closed to everybody, the server reads it
        sealed = self.sudo().sealed_secret
        if not sealed:
            return ""
        try:
            return self._get_cipher().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadableError(
                self.env._(
                    "The saved password can no longer be opened, because the encryption key of "
                    "this server has changed. Please sign in to the mailbox again."
                )
            ) from None

    def _seal(self, secret):
        return self._get_cipher().encrypt(secret.encode()).decode()

    @api.model
    def _rotate_secrets(self):
        """Seal every secret anew under the first of the configured keys.

        After it, keys that are no longer the first can be taken out of the configuration.

        :return: how many secrets were sealed anew, and how many no configured key opens: their
            owners have to sign in again
        :rtype: tuple[int, int]
        """
        cipher = self._get_cipher()
        rotated_count = unreadable_count = 0
        for record in self._get_records_with_secret():
            try:
                record.sealed_secret = cipher.rotate(record.sealed_secret.encode()).decode()
                rotated_count += 1
            except InvalidToken:
                unreadable_count += 1
        _logger.info(
            "%s secrets were sealed under the first key, %s cannot be opened",
            rotated_count,
            unreadable_count,
        )
        return rotated_count, unreadable_count

    @api.model
    def _get_records_with_secret(self):
        """Return the records of all models that hold a sealed secret, in the superuser's mode."""
        for model in self.env.values():
            if "sealed_secret" in model._fields and not model._abstract:
                # sudo: email.sync.secret.mixin - the field is closed to everybody
                records = model.sudo().with_context(active_test=False)
                yield from records.search([("sealed_secret", "!=", False)])

    def _get_cipher(self):
        keys = [key.strip() for key in self._get_keys().split(",") if key.strip()]
        try:
            return MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise UserError(
                self.env._(
                    "The encryption key of Email Sync is not valid. An administrator must check "
                    "%(option)s in the server's configuration.",
                    option=KEY_OPTION,
                )
            ) from None

    def _get_keys(self):
        """Return the configured keys, comma separated, generating one where none is configured."""
        configured = os.environ.get(KEY_ENVIRONMENT_VARIABLE) or config.get(KEY_OPTION)
        return configured or self._get_generated_key()

    def _get_generated_key(self):
        path = os.path.join(config["data_dir"], KEY_FILE_NAME)
        if not os.path.exists(path):
            self._generate_key(path)
        with open(path) as key_file:
            return key_file.read()

    def _generate_key(self, path):
        """Write a new key, whole or not at all, unless another worker was faster."""
        with NamedTemporaryFile("w", dir=os.path.dirname(path)) as key_file:
            key_file.write(Fernet.generate_key().decode())
            key_file.flush()
            # A temporary file is readable by its user only, and the link keeps that.
            with contextlib.suppress(FileExistsError):
                os.link(key_file.name, path)
