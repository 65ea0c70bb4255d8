from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import hmac

DATA_PROTECTION_GROUP = "email_sync.email_sync_group_data_protection"


class EmailSyncDataProtectionMixin(models.AbstractModel):
    """What is asked for in the name of a person: who may, and which mail it is about."""

    _name = "email.sync.data.protection.mixin"
    _description = "Request of a Person"

    @api.model
    def _check_is_officer(self):
        """:raise AccessError: the user has not the right to data protection"""
        if not self.env.user._has_group(DATA_PROTECTION_GROUP):
            raise AccessError(
                self.env._(
                    "Erasing or exporting the mail of a person takes the right “Data protection "
                    "of mail”, which an administrator grants user by user."
                )
            )

    @api.model
    def _get_participant_domain(self, user, addresses):
        """Return what is searched: all mailboxes of the user's companies, whoever reads them."""
        accounts = self.env["email.sync.account"]._get_all_with_removed()
        accounts = accounts.filtered(lambda account: account.company_id in user.company_ids)
        return [("account_id", "in", accounts.ids), ("email_normalized", "in", list(addresses))]

    @api.model
    def _get_address_digest(self, addresses):
        """Return a keyed digest of addresses, the same for the same ones, in the erasure's way.

        :param addresses: set of normalised addresses
        :rtype: str
        """
        return hmac(self.env(su=True), "email_sync_erasure", " ".join(sorted(addresses)))
