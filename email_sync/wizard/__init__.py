from . import (
    email_sync_setup,
    email_sync_setup_connection,
    email_sync_setup_folder,
    email_sync_setup_summary,
    email_sync_setup_start,
    email_sync_account_question,
    email_sync_account_visibility,
    email_sync_account_conversion,
    email_sync_account_removal,
    email_sync_composer,
    email_sync_composer_original,
    email_sync_composer_sending,
)
