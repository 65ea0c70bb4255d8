from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .email_sync_conversation import LINKED_MODELS

LINK_BATCH = 200  # conversations that are linked at once, in the request of whoever made a contact


class EmailSyncConversation(models.Model):
    """Linking: by address to contacts; to a deal only when exactly one fits."""

    _inherit = "email.sync.conversation"

    def _link_automatically(self):
        """Add the links that follow from the addresses; nothing set by hand is undone.

        :return: the conversations that got a new link
        """
        linked = self.browse()
        for account, conversations in self.grouped("account_id").items():
            linked |= conversations._link_for_account(account)
        linked.to_publish = True
        return linked

    def _link_for_account(self, account):
        # The account's owner is who links: what the owner may not read is not linked.
        linker = self.with_user(account.owner_id).with_context(
            allowed_company_ids=account.company_id.ids
        )
        addresses = self._get_outside_addresses()
        partners = linker._get_partners_by_address(set().union(*addresses.values()))
        leads = linker._get_open_leads_by_address(set(partners), partners, addresses)
        new_links = {field_name: [] for field_name in LINKED_MODELS}
        # sudo: email.sync.conversation - linking acts for the account
        for conversation in self.sudo():
            found = conversation._get_new_links(addresses[conversation.id], partners, leads)
            for field_name, records in found.items():
                new_links[field_name] += [(conversation.id, id_) for id_ in records.ids]
        return self._add_links(new_links)

    def _get_new_links(self, addresses, partners, leads):
        """Return what a conversation is to be linked to and is not yet.

        :param addresses: normalised addresses of its outside participants
        :param partners: contacts by address
        :param leads: open leads and opportunities by address
        :return: records, by the names of the fields of ``LINKED_MODELS``
        """
        new_partners = self.env["res.partner"].union(
            *(partners[address] for address in addresses if address in partners)
        )
        fitting = self.env["crm.lead"].union(
            *(leads[address] for address in addresses if address in leads)
        )
        is_certain = not self.lead_ids and not self.is_automatic and self._is_lead_certain(fitting)
        return {
            "partner_ids": new_partners - self.partner_ids - self.removed_partner_ids,
            "lead_ids": fitting if is_certain else fitting.browse(),
        }

    def _add_links(self, new_links):
        """Link many conversations at once.

        As rows: written one by one, links cost as much as the mails they are for. As after writing
        the fields, the cache is told, and what depends on them is computed.

        :param new_links: lists of (conversation id, linked id), by field name
        :return: the conversations that got a new link
        """
        for field_name, rows in new_links.items():
            if rows:
                self._insert_links(self._fields[field_name], rows)
        linked = self.browse({id_ for rows in new_links.values() for id_, _linked_id in rows})
        # sudo: email.sync.conversation - linking acts for the account
        conversations = linked.sudo()
        conversations.invalidate_recordset([*LINKED_MODELS])
        conversations.modified([*LINKED_MODELS])
        return linked

    @api.model
    def _insert_links(self, field, rows):
        query = SQL(
            "INSERT INTO %s (%s, %s) VALUES %%s ON CONFLICT DO NOTHING",
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
            SQL.identifier(field.column2),
        )
        self.env.cr.execute_values(query.code.replace("%%s", "%s"), rows, page_size=len(rows))

    def _is_lead_certain(self, leads):
        """Exactly one fits, and nobody took it off: several are for a person to choose from."""
        return len(leads) == 1 and leads not in self.removed_lead_ids

    @api.model
    def _get_partners_by_address(self, addresses):
        """Return the contacts that the current user may read, by normalised address."""
        partners = defaultdict(self.env["res.partner"].sudo().browse)
        if addresses:
            for partner in self.env["res.partner"].search_fetch(
                [("email_normalized", "in", list(addresses))], ["email_normalized"]
            ):
                # sudo: res.partner - found with the account owner's rights
                partners[partner.email_normalized] |= partner.sudo()
        return dict(partners)

    @api.model
    def _get_open_leads_by_address(self, known_addresses, partners, addresses):
        """Return the open leads and opportunities that fit an address: of its contact, or its own.

        :param known_addresses: addresses that belong to a contact
        :param partners: contacts by address
        :param addresses: all outside addresses, by conversation id
        """
        leads = defaultdict(self.env["crm.lead"].sudo().browse)
        all_addresses = set().union(*addresses.values()) if addresses else set()
        if not all_addresses or not self.env["crm.lead"].has_access("read"):
            return {}
        address_by_partner = defaultdict(set)
        for address in known_addresses:
            for partner in partners[address]:
                address_by_partner[partner.id].add(address)
        domain = self._get_open_lead_domain(list(all_addresses), list(address_by_partner))
        for lead in self.env["crm.lead"].search_fetch(domain, ["partner_id", "email_normalized"]):
            fitting = set(address_by_partner.get(lead.partner_id.id, ()))
            if lead.email_normalized in all_addresses:
                fitting.add(lead.email_normalized)
            for address in fitting:
                # sudo: crm.lead - found with the account owner's rights
                leads[address] |= lead.sudo()
        return dict(leads)

    @api.model
    def _get_open_lead_domain(self, addresses, partner_ids):
        return [
            ("active", "=", True),
            ("won_status", "=", "pending"),
            "|",
            ("email_normalized", "in", addresses),
            ("partner_id", "in", partner_ids),
        ]

    @api.model
    def _link_by_addresses(self, addresses):
        """Link what came before its contact or lead was made.

        :param addresses: normalised addresses that are new, or newly on a record
        """
        addresses = [address for address in addresses if address]
        if not addresses:
            return
        # sudo: email.sync.participant - whoever makes the contact, every account is looked
        # through; each account links only what its own owner may read
        participants = (
            self.env["email.sync.participant"]
            .sudo()
            ._read_group([("email_normalized", "in", addresses)], ["conversation_id"])
        )
        conversations = self.sudo().union(*(conversation for (conversation,) in participants))
        if len(conversations) <= LINK_BATCH:
            conversations._link_automatically()._update_publication()
        else:
            conversations.to_link = True
            self.env["email.sync.account"]._trigger_crons()

    @api.model
    def _get_linked_to(self, field_name, records):
        """Return the conversations linked to records, in the superuser's mode.

        :param str field_name: ``partner_ids`` or ``lead_ids``
        """
        # sudo: email.sync.conversation - whoever deletes a record, whatever they may read
        return self.sudo().search([(field_name, "in", records.ids)])

    def _after_links_deleted(self):
        """The database dropped links with their record: nobody but members reads without any."""
        self.invalidate_recordset([*LINKED_MODELS])
        self._compute_is_linked()
        self._update_publication()

    @api.model
    def _link_pending(self, limit=LINK_BATCH):
        """Link some of the conversations that wait, each only once however many workers do.

        :return: how many conversations were looked at; 0 when nothing waits
        """
        waiting = self.search([("to_link", "=", True)], limit=limit).try_lock_for_update()
        waiting._link_automatically()
        waiting.to_link = False
        return len(waiting)
