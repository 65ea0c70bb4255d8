-- A neutralised copy of the database connects to no mailbox.
UPDATE email_sync_account
   SET sealed_secret = NULL,
       state = 'stopped';
