"""What the bench runs inside of Odoo, through ``Workbench.call``."""
