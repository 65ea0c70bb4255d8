"""The mail servers of the development world do what real ones do; other tests build on it."""

import datetime
import smtplib
import ssl
from email import message_from_bytes, policy

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tools.world.dovecot import DovecotServer
from tools.world.smtp import SmtpServer

SOURCE = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: Hello\r\n\r\nHello\r\n"
DATE = datetime.datetime(2025, 3, 1, 8, 30, tzinfo=datetime.timezone.utc)


@pytest.fixture(scope="module")
def mailbox(dovecot):
    dovecot.add_user("ann@world.example", "pässword:1")
    return dovecot


def trusting(server):
    return ssl.create_default_context(cafile=str(server.ca_file))


def submit(smtp_server, recipients, login="ben@world.example", password="secret"):
    with smtplib.SMTP("localhost", smtp_server.smtp_port, timeout=10) as client:
        client.starttls(context=trusting(smtp_server))
        client.ehlo()
        client.login(login, password)
        return client.sendmail(login, recipients, SOURCE)


def test_appended_mail_keeps_flags_and_date(mailbox):
    uid = mailbox.append("ann@world.example", "Büro/Ängste", SOURCE, [r"\Seen"], DATE)
    with IMAPClient("localhost", mailbox.imaps_port, ssl_context=trusting(mailbox)) as client:
        client.plain_login("ann@world.example", "pässword:1")
        client.select_folder("Büro/Ängste", readonly=True)
        client.normalise_times = False
        (mail,) = client.fetch([uid], ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"]).values()
    assert mail[b"BODY[]"] == SOURCE
    assert rb"\Seen" in mail[b"FLAGS"]
    assert mail[b"INTERNALDATE"] == DATE


def test_special_use_folders_exist(mailbox):
    with mailbox.connect("ann@world.example") as client:
        uses = {flag for flags, _, _ in client.list_folders() for flag in flags}
    assert {rb"\Sent", rb"\Drafts", rb"\Trash", rb"\Junk", rb"\Archive"} <= uses


def test_compression_is_offered(mailbox):
    with mailbox.connect("ann@world.example") as client:
        assert b"COMPRESS=DEFLATE" in client.capabilities()


def test_wrong_password_is_refused(mailbox):
    client = IMAPClient("localhost", mailbox.imap_port, ssl=False)
    with pytest.raises(LoginError):
        client.plain_login("ann@world.example", "wrong")
    client.shutdown()


def test_certificate_is_not_trusted_by_default(mailbox):
    with pytest.raises(ssl.SSLCertVerificationError):
        IMAPClient("localhost", mailbox.imaps_port, ssl_context=ssl.create_default_context())


def test_restart_keeps_ports_and_mail(mailbox):
    mailbox.append("ann@world.example", "INBOX", SOURCE)
    ports = mailbox.imap_port, mailbox.imaps_port
    mailbox.stop()
    mailbox.start()
    assert (mailbox.imap_port, mailbox.imaps_port) == ports
    with mailbox.connect("ann@world.example") as client:
        assert client.select_folder("INBOX")[b"EXISTS"] >= 1


def test_sent_mail_arrives_in_the_inbox_of_a_local_user(mailbox, smtp_server):
    mailbox.add_user("ben@world.example", "secret")
    submit(smtp_server, ["ben@world.example"])
    with mailbox.connect("ben@world.example") as client:
        client.select_folder("INBOX")
        (mail,) = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
    parsed = message_from_bytes(mail[b"BODY[]"], policy=policy.default)
    assert parsed["Subject"] == "Hello"


def test_mail_to_anybody_else_stays_in_the_outbox(mailbox, smtp_server):
    before = len(smtp_server.outbox)
    mailbox.add_user("ben@world.example", "secret")
    submit(smtp_server, ["someone@elsewhere.example"])
    assert len(smtp_server.outbox) == before + 1


def test_unknown_local_user_is_refused(mailbox, smtp_server):
    mailbox.add_user("ben@world.example", "secret")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        submit(smtp_server, ["nobody@world.example"])


def test_sending_needs_the_password(mailbox, smtp_server):
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submit(smtp_server, ["ben@world.example"], "ben@world.example", "wrong")


def test_changed_password_counts_at_once(mailbox):
    mailbox.add_user("cem@world.example", "first")
    mailbox.append("cem@world.example", "INBOX", SOURCE)
    mailbox.add_user("cem@world.example", "second")
    mailbox.append("cem@world.example", "INBOX", SOURCE)
    client = IMAPClient("localhost", mailbox.imap_port, ssl=False)
    with pytest.raises(LoginError):
        client.login("cem@world.example", "first")
    client.shutdown()


def test_any_user_password_lets_everybody_in(tmp_path):
    with (
        DovecotServer(tmp_path, any_user_password="open-sesame") as server,
        SmtpServer(server) as smtp_server,
        IMAPClient("localhost", server.imap_port, ssl=False) as client,
    ):
        client.login("who@ever.example", "open-sesame")
        submit(smtp_server, ["who@ever.example"], "else@ever.example", "open-sesame")
        assert client.select_folder("INBOX")[b"EXISTS"] == 1
