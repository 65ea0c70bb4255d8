"""The development world: Odoo, PostgreSQL, mail servers and demo mail, in one folder of the checkout."""
