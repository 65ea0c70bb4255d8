"""Demo data: believable people and mail around Odoo's CRM demo data."""
