from odoo import api, fields, models

LINKED_FIELD_BY_MODEL = {"res.partner": "partner_ids", "crm.lead": "lead_ids"}


class MailMessage(models.Model):
    _inherit = "mail.message"

    # What a chatter with linked conversations sorts by.
    _email_sync_date_index = models.Index(
        "(res_id, date, id) WHERE model = 'email.sync.conversation'"
    )

    @api.model
    def _message_fetch(
        self,
        domain,
        *,
        thread=None,
        search_term=None,
        is_notification=None,
        before=None,
        after=None,
        around=None,
        limit=30,
    ):
        """Show linked mail in the chatter of a contact or a lead, where it belongs in time.

        Only conversations that the reader may read take part: they are selected in SQL under the
        reader's own rules. A filter after the fact would return short pages, at which the client
        stops to ask for more.
        """
        arguments = {
            "search_term": search_term,
            "is_notification": is_notification,
            "before": before,
            "after": after,
            "around": around,
            "limit": limit,
        }
        if thread is not None and thread._name == "email.sync.conversation":
            # The conversation's page shows its mails itself: its chatter holds the notes.
            domain = fields.Domain(domain or fields.Domain.TRUE) & fields.Domain(
                "message_type", "!=", "email"
            )
        conversations = self._get_linked_conversations(thread)
        if conversations is None:
            return super()._message_fetch(domain, thread=thread, **arguments)
        domain = fields.Domain(domain or fields.Domain.TRUE) & (
            fields.Domain("res_id", "=", thread.id)
            & fields.Domain("model", "=", thread._name)
            & fields.Domain("message_type", "!=", "user_notification")
            | fields.Domain("model", "=", "email.sync.conversation")
            & fields.Domain("res_id", "in", conversations)
            & fields.Domain("message_type", "=", "email")
        )
        result = self._message_fetch_by_date(domain, thread, conversations, **arguments)
        result["messages"]._render_email_sync_entries()
        result["messages"].with_user(self.env.uid)._note_openings()
        return result

    def _render_email_sync_entries(self):
        """Make the text of entries that are shown for the first time."""
        entries = self.filtered(lambda message: message.model == "email.sync.conversation")
        # sudo: email.sync.message - the entries were found under the reader's own rules
        messages = self.env["email.sync.message"].sudo()
        messages.search(
            [("mail_message_id", "in", entries.ids), ("is_rendered", "=", False)]
        )._render_entries()

    @api.model
    def _get_linked_conversations(self, thread):
        """Return the ids of the readable conversations linked to a record, None without any.

        Told their ids, PostgreSQL finds the entries by index; a query among the alternatives of the
        fetch would have it read all messages of the database.
        """
        if not thread or thread._name not in LINKED_FIELD_BY_MODEL or self.env.user.share:
            return None
        # with_user: core and its addons also fetch chatters as superuser, on behalf of the reader
        conversations = (
            self.env["email.sync.conversation"]
            .with_user(self.env.uid)
            .with_context(active_test=False)
        )
        domain = [(LINKED_FIELD_BY_MODEL[thread._name], "in", thread.ids)]
        return conversations.search(domain, order="id").ids or None

    @api.model
    def _message_fetch_by_date(
        self,
        domain,
        thread,
        conversations,
        *,
        search_term,
        is_notification,
        before,
        after,
        around,
        limit,
    ):
        """As core's fetch, but ordered by (date, id): imported mail is older than its id says."""
        result = {}
        if is_notification is not None:
            domain &= fields.Domain(
                "message_type", "=" if is_notification else "!=", "notification"
            )
        if search_term:
            domain &= self._get_fetch_search_domain(
                thread, conversations, search_term, is_notification
            )
            result["count"] = self.search_count(domain)
        newest_first, oldest_first = "date DESC, id DESC", "date ASC, id ASC"
        if around is not None:
            half = limit // 2
            older = self.search(
                domain & self._get_date_domain("<=", around), limit=half, order=newest_first
            )
            newer = self.search(
                domain & self._get_date_domain(">", around), limit=half, order=oldest_first
            )
            return {**result, "messages": newer[::-1] + older}
        if before:
            domain &= self._get_date_domain("<", before)
        if after:
            domain &= self._get_date_domain(">", after)
        messages = self.search(domain, limit=limit, order=oldest_first if after else newest_first)
        return {**result, "messages": messages[::-1] if after else messages}

    @api.model
    def _get_entries_with_text(self, conversations, term):
        """Return a query of the entries whose mail has a text; the entry itself may have none yet.

        :param conversations: ids of the conversations that the reader may read
        """
        # sudo: email.sync.message - within the conversations that the reader may read
        messages = self.env["email.sync.message"].sudo()
        return messages._search(
            [
                ("conversation_id", "in", conversations),
                "|",
                ("text", "ilike", term),
                ("attachment_names", "ilike", term),
            ]
        ).subselect("mail_message_id")

    @api.model
    def _get_date_domain(self, operator, message_id):
        """Return the domain of what stands before or after a message in the order of time.

        :param str operator: ``<``, ``<=`` or ``>``
        :param int message_id: the message the page starts at; an id of a message that is gone, or
            hidden from the reader, orders by id, as core does
        """
        message = self.browse(message_id).exists()
        date = message.has_access("read") and message.date
        if not date:
            return fields.Domain("id", operator, message_id)
        return fields.Domain("date", operator[0], date) | (
            fields.Domain("date", "=", date) & fields.Domain("id", operator, message_id)
        )

    @api.model
    def _get_fetch_search_domain(self, thread, conversations, search_term, is_notification):
        """Return the domain of a search in the chatter; as ``mail.message._message_fetch``."""
        term = search_term.replace(" ", "%")
        # sudo: ir.attachment - a message that is readable shows its attachments
        attachments = self.env["ir.attachment"].sudo()._search([("name", "ilike", term)])
        domain = fields.Domain.OR(
            [
                [("attachment_ids", "in", attachments)],
                [("body", "ilike", term)],
                [("subject", "ilike", term)],
                [("subtype_id.description", "ilike", term)],
                [("email_from", "ilike", term)],
                [("id", "in", self._get_entries_with_text(conversations, term))],
            ]
        )
        if is_notification is not False:
            # sudo: mail.tracking.value - filtered by the access to the tracked field below
            tracking_values = (
                self.env["mail.tracking.value"]
                .sudo()
                .search(
                    fields.Domain("mail_message_id.res_id", "=", thread.id)
                    & fields.Domain("mail_message_id.model", "=", thread._name)
                    & self._get_tracking_values_domain(term)
                )
            )
            accessible = tracking_values._filter_has_field_access(self.env)
            domain |= fields.Domain("id", "in", accessible.mail_message_id.ids)
        return domain
