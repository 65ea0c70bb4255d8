"""What `make run` says when everything runs."""

from .people import MITCHELL, PASSWORD


def welcome(world):
    """Return the lines (list of str) that greet the visitor."""
    ports = world.mail_ports
    return [
        "",
        f"  {world.server.url}",
        "",
        "  Sign in as admin (password admin, Mitchell, sees all of CRM)",
        "          or demo  (password demo, Marc, a salesperson)",
        "",
        "  Look first at",
        "    CRM > Modern Open Space     an opportunity with its mail in the chatter",
        "    CRM > Emails                every conversation of sales@, and of Marc for Marc",
        "    Marc's mail with his doctor and his sister: admin finds it nowhere",
        "",
        "  Connect Mitchell's mailbox by hand: as admin, My Preferences > Email sync > Connect",
        f"    address and user name  {MITCHELL}      password  {PASSWORD}",
        f"    IMAP  localhost, port {ports.imap}, STARTTLS      (or port {ports.imaps}, TLS)",
        f"    SMTP  localhost, port {ports.smtp}, STARTTLS      (or port {ports.smtps}, TLS)",
    ]
