"""The development world: Odoo, PostgreSQL, mail servers, demo mail; all in one folder."""
