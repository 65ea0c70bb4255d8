"""Mail that is stored already: rows as syncs leave them, loaded in bulk."""

from odoo.tools import SQL

from tools.bench import corpus

from .first_sync import connect

TABLES = (
    "email_sync_conversation",
    "email_sync_message",
    "email_sync_placement",
    "email_sync_participant",
    "email_sync_reference",
    "email_sync_conversation_res_partner_rel",
    "email_sync_conversation_crm_lead_rel",
    "mail_message",
    "ir_attachment",
)
# Two mails in a row are a conversation; three conversations of ten are with a known contact, whose
# open opportunity they belong to, and stand in the chatters. Ids count from where they are free.
MAILS = """
CREATE TEMPORARY TABLE mail ON COMMIT DROP AS
SELECT m, m %% 2 = 1 AS is_answer, c %% 10 < 3 AS is_linked,
       (%(free)s + c)::int AS conversation_id, (%(free)s + m)::int AS id,
       (%(accounts)s::int[])[c %% cardinality(%(accounts)s::int[]) + 1] AS account_id,
       (%(folders)s::int[])[c %% cardinality(%(accounts)s::int[]) + 1] AS folder_id,
       (%(contacts)s::int[])[c %% cardinality(%(contacts)s::int[]) + 1] AS partner_id,
       (%(addresses)s::text[])[c %% cardinality(%(contacts)s::int[]) + 1] AS known,
       (%(leads)s::int[])[c %% cardinality(%(contacts)s::int[]) + 1] AS lead_id,
       'person' || c %% 30000 || '@other' || c %% 7000 || '.example' AS stranger,
       timestamp '2024-01-01' + m * interval '50 seconds' AS date,
       md5(m::text) AS digest
  FROM (SELECT m, m / 2 AS c FROM generate_series(0, %(count)s - 1) m) numbers
"""
ROWS = (
    """
    INSERT INTO email_sync_conversation
           (id, account_id, subject, base_subject, visibility, is_linked, last_date, email_count,
            unread_count, snippet, correspondents, create_date, write_date)
    SELECT conversation_id, account_id, 'Order ' || conversation_id, 'order ' || conversation_id,
           'shared', is_linked, date, 2, 0, repeat('how the mail begins ', 5), 'Person ' || m, date,
           date
      FROM mail WHERE is_answer
    """,
    """
    INSERT INTO email_sync_message
           (id, conversation_id, account_id, message_id, digest, subject, date, from_name,
            from_email, text, snippet, size, attachment_count, is_outgoing, is_read, is_flagged,
            is_answered, is_automatic, is_removed, is_rendered, mail_message_id, create_date,
            write_date)
    SELECT id, conversation_id, account_id, '<old.' || m || '@bench.example>', digest,
           'Order ' || conversation_id, date, 'Person ' || m, CASE WHEN is_linked THEN known ELSE
           stranger END, repeat(digest || ' ', 25), repeat('how the mail begins ', 5), 20000, 0,
           is_answer, TRUE, FALSE, FALSE, FALSE, FALSE, is_linked,
           CASE WHEN is_linked THEN id END, date, date
      FROM mail
    """,
    """
    INSERT INTO email_sync_placement
           (account_id, folder_id, uid, message_id, outcome, internal_date, size, flags)
    SELECT account_id, folder_id, m + 1, id, 'stored', date, 20000, '\\Seen' FROM mail
    """,
    """
    INSERT INTO email_sync_participant
           (account_id, conversation_id, message_id, role, name, email, email_normalized)
    SELECT account_id, conversation_id, id, role, 'Somebody', address, address
      FROM mail, LATERAL (VALUES
           (CASE WHEN is_answer THEN 'to' ELSE 'from' END,
            CASE WHEN is_linked THEN known ELSE stranger END),
           (CASE WHEN is_answer THEN 'from' ELSE 'to' END, 'colleague@bench.example')
           ) party (role, address)
    """,
    """
    INSERT INTO email_sync_reference (account_id, conversation_id, key)
    SELECT account_id, conversation_id, '<old.' || m || '@bench.example>' FROM mail
    """,
    """
    INSERT INTO email_sync_conversation_res_partner_rel (conversation_id, partner_id)
    SELECT conversation_id, partner_id FROM mail WHERE is_answer AND is_linked
    """,
    """
    INSERT INTO email_sync_conversation_crm_lead_rel (conversation_id, lead_id)
    SELECT conversation_id, lead_id FROM mail WHERE is_answer AND is_linked AND lead_id IS NOT NULL
    """,
    """
    INSERT INTO mail_message
           (id, model, res_id, message_type, subtype_id, is_internal, author_id, email_from, date,
            subject, body, message_id, create_date, write_date)
    SELECT id, 'email.sync.conversation', conversation_id, 'email', %(subtype)s, TRUE,
           CASE WHEN is_answer THEN NULL ELSE partner_id END, known, date,
           'Order ' || conversation_id, repeat(digest || ' ', 25),
           '<' || id || '@odoo.example>', date, date
      FROM mail WHERE is_linked
    """,
    """
    INSERT INTO ir_attachment
           (name, res_model, res_field, res_id, type, store_fname, checksum, file_size, mimetype,
            create_date, write_date)
    SELECT 'source', 'email.sync.message', 'source', id, 'binary', 'aa/' || digest, digest, 20000,
           'message/rfc822', date, date
      FROM mail
    """,
)
SEQUENCES = ("email_sync_conversation", "email_sync_message", "mail_message")


def fill(env, count, accounts):
    """Load mails into accounts of as many colleagues, and the chatters of known contacts.

    :param int count: how many mails
    :param int accounts: how many accounts they lie in
    """
    env.cr.execute(MAILS, _get_values(env, count, _create_accounts(env, accounts)))
    # No row is looked up for a foreign key, and indexes are made when all rows are there.
    env.cr.execute("SET LOCAL session_replication_role = replica")
    env.cr.execute("SET LOCAL maintenance_work_mem = '256MB'")
    env.cr.execute("SET LOCAL synchronous_commit = off")
    indexes = _drop_indexes(env)
    subtype = env.ref("mail.mt_comment").id
    for statement in ROWS:
        env.cr.execute(statement, {"subtype": subtype})
    for index in indexes:
        env.cr.execute(index)
    for table in SEQUENCES:
        env.cr.execute(
            SQL("SELECT setval(%s, max(id)) FROM %s", f"{table}_id_seq", SQL.identifier(table))
        )
    env.cr.commit()


def _create_accounts(env, count):
    group = env.ref("sales_team.group_sale_salesman_all_leads")
    accounts = env["email.sync.account"]
    for number in range(count):
        login = f"colleague{number}@bench.example"
        user = env["res.users"].create(
            {"name": login, "login": login, "email": login, "group_ids": [(4, group.id)]}
        )
        accounts += connect(
            env,
            login,
            "bench",
            993,
            email=login,
            owner_id=user.id,
            member_ids=[(6, 0, user.ids)],
            state="stopped",
        )
    env["email.sync.folder"].create(
        [
            {
                "account_id": account.id,
                "name": "INBOX",
                "special_use": "inbox",
                "is_synced": True,
                "uidvalidity": 1,
                "uidnext": 2**31,
                "complete_as_of": "2026-01-01 00:00:00",
            }
            for account in accounts
        ]
    )
    env.flush_all()
    return accounts


def _get_values(env, count, accounts):
    emails = [corpus.contact_address(number) for number in range(corpus.CONTACT_COUNT)]
    contacts = env["res.partner"].search([("email", "in", emails)], order="id")
    leads = {
        lead.partner_id: lead.id for lead in env["crm.lead"].search([("partner_id", "!=", False)])
    }
    env.cr.execute(
        "SELECT 1 + greatest((SELECT max(id) FROM email_sync_conversation), "
        "(SELECT max(id) FROM email_sync_message), (SELECT max(id) FROM mail_message), 0)"
    )
    return {
        "count": count,
        "free": env.cr.fetchone()[0],
        "accounts": accounts.ids,
        "folders": accounts.folder_ids.sorted("account_id").ids,
        "contacts": contacts.ids,
        "addresses": contacts.mapped("email"),
        "leads": [leads.get(contact) for contact in contacts],
    }


def _drop_indexes(env):
    """Drop what keeps inserting slow; return the statements that make it again."""
    env.cr.execute(
        """
        SELECT pg_get_indexdef(indexrelid), indexrelid::regclass::text
          FROM pg_index
         WHERE indrelid = ANY(%s::regclass[])
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        [list(TABLES)],
    )
    found = env.cr.fetchall()
    for _statement, name in found:
        env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    return [statement for statement, _name in found]
