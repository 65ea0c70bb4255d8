"""A message is sent, refused with its reason, or honestly unknown."""

import ssl

import idna
import pytest

from email_sync.mailbox import errors
from email_sync.mailbox.endpoint import Endpoint, OAuthCredentials, PasswordCredentials
from email_sync.mailbox.smtp import SmtpSession
from tests.mailbox.conftest import loopback_policy, message
from tests.mailbox.servers import Listener

SOURCE = b"From: a@test.example\nSubject: Dots\n\n.\n.hidden\n..two\nend"


@pytest.fixture
def trusted_authority(smtp_server, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(smtp_server.ca_file))


def connect(smtp_server, account, security="none", password=None):
    port = smtp_server.smtps_port if security == "tls" else smtp_server.smtp_port
    credentials = PasswordCredentials(account.login, password or account.password)
    endpoint = Endpoint("localhost", port, security, timeout=10)
    return SmtpSession.connect(endpoint, credentials, loopback_policy(port))


@pytest.mark.usefixtures("trusted_authority")
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_message_arrives_as_it_was(smtp_server, account, security):
    with connect(smtp_server, account, security) as session:
        assert session.send(account.login, [account.login], SOURCE) == {}
    with account.connect() as mailbox:
        mailbox.select("INBOX")
        (fetched,) = mailbox.fetch_sources([1])
    assert fetched.source.endswith(b"\r\n\r\n.\r\n.hidden\r\n..two\r\nend\r\n")


def test_line_ends_cannot_smuggle_a_second_message(smtp_server, account):
    """A bare line feed before a dot ends the message for some servers and not for others."""
    smuggled = b"Subject: One\n\nHello\n.\nMAIL FROM:<x@test.example>\r.\rend"
    with connect(smtp_server, account) as session:
        session.send(account.login, [account.login], smuggled)
    with account.connect() as mailbox:
        mailbox.select("INBOX")
        (fetched,) = mailbox.fetch_sources(mailbox.existing_uids())
    assert fetched.source.count(b"MAIL FROM") == 1


def test_refused_recipients_are_named_while_others_get_it(smtp_server, account):
    smtp_server.refuse("gone@test.example", "550 5.1.1 No such user")
    with connect(smtp_server, account) as session:
        refused = session.send(account.login, [account.login, "gone@test.example"], message(1))
    assert refused == {"gone@test.example": (550, "5.1.1 No such user")}


def test_no_recipient_at_all(smtp_server, account):
    smtp_server.refuse("gone@test.example", "550 5.1.1 No such user")
    with connect(smtp_server, account) as session:
        with pytest.raises(errors.RecipientsRefusedError) as caught:
            session.send(account.login, ["gone@test.example"], message(1))
        assert set(caught.value.refused) == {"gone@test.example"}
        assert session.send(account.login, [account.login], message(2)) == {}


def test_greylisting_is_an_outage(smtp_server, account):
    smtp_server.refuse("later@test.example", "451 4.7.1 Greylisted, try again later")
    with connect(smtp_server, account) as session:
        with pytest.raises(errors.TransientError):
            session.send(account.login, ["later@test.example"], message(1))


def test_wrong_password(smtp_server, account):
    with pytest.raises(errors.AuthenticationError):
        connect(smtp_server, account, password="wrong")


def test_too_large_message_is_not_even_begun(smtp_server, account):
    with connect(smtp_server, account) as session:
        with pytest.raises(errors.MessageTooLargeError) as caught:
            session.send(account.login, [account.login], message(1, size=session.max_size))
    assert caught.value.limit == session.max_size


def test_addresses_in_other_scripts(smtp_server, account):
    with connect(smtp_server, account) as session:
        assert session.send(account.login, ["jürgen@bücher.example"], message(1)) == {}


def test_mail_goes_to_the_domain_that_its_header_names():
    """Python's codec makes another domain of some letters, and other characters of some signs."""
    with SmtpScript() as server, server.connect() as session:
        for address in ("u@straße.example", "u@ς.example", "u@BÜCHER。example"):
            session.send("ann@test.example", [address], message(1))
    asked = [command for command in server.commands if command.startswith("RCPT")]
    headers = [format_recipient(address) for address in ("straße", "ς", "bücher")]
    assert asked == [f"RCPT TO:<u@{domain}.example>" for domain in headers]


def format_recipient(label):
    return idna.encode(label).decode()


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example>\r\nRCPT TO:<c@d.example",
        "a\n@b.example",
        "a@b＞ ＜c@d.example",
        "a@b.example＞",
        "a@evil＠b.example",
        "a@b¨.example",
        "a@b\u2028.example",
    ],
)
def test_no_address_becomes_a_command(smtp_server, account, address):
    with connect(smtp_server, account) as session:
        with pytest.raises(errors.SendError, match="is not an address"):
            session.send(account.login, [address], message(1))


# -- scripted -------------------------------------------------------------------------------------


class SmtpScript(Listener):
    """Answers each command by its first word."""

    def __init__(self, answers=None, greeting="220 ready"):
        super().__init__()
        self.greeting = greeting
        self.commands = []
        self.answers = {
            "EHLO": "250-test\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 AUTH PLAIN XOAUTH2",
            "AUTH": "235 welcome",
            "MAIL": "250 ok",
            "RCPT": "250 ok",
            "DATA": "354 go on",
            ".": "250 queued",
            **(answers or {}),
        }

    def handle(self, sock, number):
        file = sock.makefile("rb")
        sock.sendall(self.greeting.encode() + b"\r\n")
        in_data = False
        for raw in file:
            line = raw.rstrip(b"\r\n").decode("utf-8", "replace")
            if in_data and line != ".":
                continue
            self.commands.append(line)
            word = line.split()[0].upper() if line.strip() else ""
            in_data = word == "DATA"
            answer = self.answers.get(word, "250 ok")
            if answer is None:
                return
            sock.sendall(answer.encode() + b"\r\n")

    def connect(self, security="none", credentials=None):
        credentials = credentials or PasswordCredentials("ann", "pl4nted-secret")
        endpoint = Endpoint("127.0.0.1", self.port, security, timeout=2)
        return SmtpSession.connect(endpoint, credentials, loopback_policy(self.port))

    def send(self):
        with self.connect() as session:
            return session.send("ann@a.example", ["bob@b.example"], message(1))


@pytest.mark.parametrize(
    ("answers", "error_class"),
    [
        ({"MAIL": "550 5.7.60 Client does not have permissions to send as this sender"},
         errors.SenderRefusedError),
        ({"MAIL": "552 5.3.4 Message size exceeds fixed limit"}, errors.MessageTooLargeError),
        ({".": "554 5.7.1 Message rejected"}, errors.SendError),
        ({".": "550 5.4.5 Daily user sending quota exceeded."}, errors.ThrottledError),
        ({".": "452 4.3.1 Insufficient system storage"}, errors.ServerBusyError),
        ({"DATA": "421 4.4.2 Timeout"}, errors.ServerBusyError),
        ({"RCPT": "421 4.7.0 Try again later, closing connection."}, errors.ServerBusyError),
        ({".": None}, errors.DeliveryUnknownError),
        ({"DATA": None}, errors.ConnectionLostError),
        ({"MAIL": None}, errors.ConnectionLostError),
        ({"MAIL": "what?"}, errors.ProtocolError),
    ],
)  # fmt: skip
def test_what_a_refusal_means(answers, error_class):
    with SmtpScript(answers) as server:
        with pytest.raises(errors.MailboxError) as caught:
            server.send()
    assert type(caught.value) is error_class


@pytest.mark.parametrize(
    ("answer", "error_class", "reason"),
    [
        ("535 5.7.8 Username and Password not accepted", errors.AuthenticationError, "refused"),
        ("534 5.7.9 Application-specific password required", errors.AuthenticationError,
         "app_password"),
        ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
         errors.AuthenticationError, "disabled"),
        ("454 4.7.0 Temporary authentication failure", errors.ServerBusyError, None),
        ("454 4.7.0 Too many login attempts, please try again later", errors.ThrottledError, None),
    ],
)  # fmt: skip
def test_refused_credentials_are_told_from_an_outage(answer, error_class, reason):
    with SmtpScript({"AUTH": answer}) as server:
        with pytest.raises(errors.MailboxError) as caught:
            server.connect()
    assert type(caught.value) is error_class
    assert getattr(caught.value, "reason", None) == reason
    assert len([line for line in server.commands if line.startswith("AUTH")]) == 1


def test_token_that_is_refused_in_a_dialogue():
    answers = {"AUTH": "334 eyJzdGF0dXMiOiI0MDAifQ==", "": "535 5.7.8 not accepted"}
    with SmtpScript(answers) as server:
        with pytest.raises(errors.AuthenticationError):
            server.connect(credentials=OAuthCredentials("ann", "token"))


def test_server_without_sign_in_gets_no_password():
    with SmtpScript({"EHLO": "250 test"}) as server:
        with pytest.raises(errors.AuthenticationError) as caught:
            server.connect()
    assert caught.value.reason == "unsupported"


def test_server_without_starttls_gets_no_password():
    with SmtpScript({"STARTTLS": "502 what?"}) as server:
        with pytest.raises(errors.TlsUnavailableError):
            server.connect("starttls")
    assert not any(line.startswith("AUTH") for line in server.commands)


def test_words_injected_before_the_encryption_end_the_connection():
    with SmtpScript({"STARTTLS": "220 go on\r\n250 injected"}) as server:
        with pytest.raises(errors.TlsUnavailableError, match="put into the connection"):
            server.connect("starttls")


def test_our_host_name_is_not_told():
    with SmtpScript() as server:
        server.send()
    assert server.commands[0].upper() == "EHLO [127.0.0.1]"


def test_reply_without_end_is_cut_off():
    with SmtpScript({"MAIL": "\r\n".join(["250-more"] * 20_000)}) as server:
        with pytest.raises(errors.ProtocolError):
            server.send()


def test_secrets_stand_in_no_error():
    with SmtpScript(
        {"AUTH": "535 cannot AUTH PLAIN AGFubgBwbDRudGVkLXNlY3JldA== pl4nted-secret"}
    ) as s:
        with pytest.raises(errors.AuthenticationError) as caught:
            s.connect()
    assert "pl4nted" not in str(caught.value)
    assert "AGFubgBwbDRudGVkLXNlY3JldA" not in str(caught.value)


def test_tls_on_a_port_that_waits_for_words():
    with SmtpScript() as server:
        with pytest.raises(errors.TlsUnavailableError) as caught:
            server.connect("tls")
    assert caught.value.suggestion == "starttls"
    assert ssl.OPENSSL_VERSION
