{
    "name": "Email Sync",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Two-way email sync: mailboxes on contacts, leads and opportunities",
    "author": "The email_sync founders",
    "license": "LGPL-3",
    "depends": ["crm"],
    "external_dependencies": {
        "python": ["imapclient>=3.0", "requests-oauthlib>=2.0", "cryptography"],
        "apt": {
            "cryptography": "python3-cryptography",
        },
    },
    "data": [
        "security/email_sync_groups.xml",
        "security/email_sync_account_security.xml",
        "security/email_sync_conversation_security.xml",
        "security/email_sync_setup_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "views/email_sync_conversation_views.xml",
        "views/res_partner_views.xml",
        "views/crm_lead_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["email_sync/static/src/**/*"],
        "web.assets_tests": ["email_sync/static/tests/tours/**/*"],
        "web.assets_unit_tests": ["email_sync/static/tests/**/*.test.js"],
    },
    "application": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
