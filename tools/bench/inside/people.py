"""Whom the mail is with: contacts, open opportunities, and the salesperson who owns the mailbox."""

from tools.bench import corpus


def create_people(env):
    """Create the known contacts, 200 of them with an open opportunity, and the owner."""
    # The first user of a new database is nobody's mailbox.
    env["res.users"].create(
        {
            "name": "Olga Owner",
            "login": "owner",
            "email": corpus.OWNER,
            "group_ids": [(4, env.ref("sales_team.group_sale_salesman_all_leads").id)],
        }
    )
    partners = env["res.partner"].create(
        [
            {"name": f"Contact Number {number}", "email": corpus.contact_address(number)}
            for number in range(corpus.CONTACT_COUNT)
        ]
    )
    env["crm.lead"].create(
        [
            {"name": f"Deal of {partner.name}", "type": "opportunity", "partner_id": partner.id}
            for partner in partners[: corpus.LEAD_COUNT]
        ]
    )
    env.cr.commit()
