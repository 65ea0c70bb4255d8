"""A connection is encrypted and trusted as asked, or it does not come about."""

import datetime
import hashlib
import socket
import ssl
import time
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from email_sync.mailbox import errors
from email_sync.mailbox.endpoint import Endpoint, OAuthCredentials, PasswordCredentials
from email_sync.mailbox.imap import ImapSession
from email_sync.mailbox.network import NetworkPolicy
from tests.mailbox.servers import Listener, Proxy, ScriptedServer

NOW = datetime.datetime.now(datetime.timezone.utc)
REFUSED, THROTTLED = errors.AuthenticationError, errors.ThrottledError
BUSY = errors.ServerBusyError
YEAR = datetime.timedelta(days=365)


@pytest.fixture
def trusted_authority(dovecot, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.ca_file))


def tls_endpoint(account, **changes):
    return replace(Endpoint("localhost", account.server.imaps_port, "tls", timeout=5), **changes)


def fingerprint(server):
    certificate = ssl.PEM_cert_to_DER_cert(server.certificates.certificate.read_text())
    return hashlib.sha256(certificate).hexdigest()


# -- certificates ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("trusted_authority")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_trusted_certificate_is_accepted(account, security):
    port = account.server.imaps_port if security == "tls" else account.server.imap_port
    endpoint = tls_endpoint(account, port=port, security=security)
    with ImapSession.connect(endpoint, account.credentials, account.policy) as session:
        assert session.status_of(["INBOX"])


@pytest.mark.usefixtures("trusted_authority")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificate_for_another_host_is_refused(account, security):
    port = account.server.imaps_port if security == "tls" else account.server.imap_port
    endpoint = tls_endpoint(account, host="127.1", port=port, security=security)
    with pytest.raises(errors.CertificateError) as caught:
        ImapSession.connect(endpoint, account.credentials, account.policy)
    assert caught.value.reason == "wrong_host"
    assert caught.value.fingerprint == fingerprint(account.server)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_refusal_tells_what_to_compare(account, security):
    port = account.server.imaps_port if security == "tls" else account.server.imap_port
    endpoint = tls_endpoint(account, port=port, security=security)
    with pytest.raises(errors.CertificateError) as caught:
        ImapSession.connect(endpoint, account.credentials, account.policy)
    assert caught.value.reason == "unknown_authority"
    assert caught.value.fingerprint == fingerprint(account.server)
    assert caught.value.subject == "CN=localhost"
    assert caught.value.issuer
    assert caught.value.not_after > NOW


def test_pinned_certificate_is_accepted_in_any_spelling(account):
    digest = fingerprint(account.server).upper()
    spelled = ":".join(digest[index : index + 2] for index in range(0, 64, 2))
    endpoint = tls_endpoint(account, fingerprint=spelled)
    with ImapSession.connect(endpoint, account.credentials, account.policy) as session:
        assert session.status_of(["INBOX"])


def test_other_certificate_than_the_pinned_one_is_refused(account):
    endpoint = tls_endpoint(account, fingerprint="00" * 32)
    with pytest.raises(errors.CertificateError) as caught:
        ImapSession.connect(endpoint, account.credentials, account.policy)
    assert caught.value.reason == "changed"
    assert caught.value.fingerprint == fingerprint(account.server)


class TlsServer(Listener):
    def __init__(self, directory, not_before, not_after):
        super().__init__()
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
            .sign(key, hashes.SHA256())
        )
        self.certificate = directory / "certificate.pem"
        pem = serialization.Encoding.PEM
        self.certificate.write_bytes(certificate.public_bytes(pem))
        key_file = directory / "key.pem"
        key_file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key_file)

    def handle(self, sock, number):
        with self.context.wrap_socket(sock, server_side=True) as secured:
            secured.sendall(b"* OK ready\r\n")
            secured.recv(1)


@pytest.mark.parametrize(
    ("not_before", "not_after", "is_trusted", "reason"),
    [
        (NOW - 2 * YEAR, NOW - YEAR, True, "expired"),
        (NOW + YEAR, NOW + 2 * YEAR, True, "not_yet_valid"),
        (NOW - YEAR, NOW + YEAR, False, "self_signed"),
    ],
)
def test_reason_of_distrust(tmp_path, monkeypatch, not_before, not_after, is_trusted, reason):
    with TlsServer(tmp_path, not_before, not_after) as server:
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        endpoint = Endpoint("localhost", server.port, "tls", timeout=5)
        policy = NetworkPolicy.from_text("127.0.0.0/8 ::1", str(server.port))
        with pytest.raises(errors.CertificateError) as caught:
            ImapSession.connect(endpoint, PasswordCredentials("a", "b"), policy)
    assert caught.value.reason == reason
    assert caught.value.not_after == not_after.replace(microsecond=0)


# -- STARTTLS -------------------------------------------------------------------------------------


def connect_starttls(server):
    return ImapSession.connect(
        server.endpoint("starttls"), PasswordCredentials("ann", "secret"), server.policy
    )


def test_server_without_starttls_gets_no_password():
    with ScriptedServer({"STARTTLS": "{tag} BAD unknown command"}) as server:
        with pytest.raises(errors.TlsUnavailableError):
            connect_starttls(server)
    assert server.commands == ["STARTTLS"]


def test_words_injected_before_the_encryption_end_the_connection():
    injected = "{tag} OK begin\r\n* CAPABILITY IMAP4rev1\r\nx OK injected"
    with ScriptedServer({"STARTTLS": injected}) as server:
        with pytest.raises(errors.TlsUnavailableError, match="put into the connection"):
            connect_starttls(server)
    assert server.commands == ["STARTTLS"]


def test_greeting_that_skips_the_sign_in_cannot_skip_the_encryption():
    with ScriptedServer(greeting="* PREAUTH welcome back") as server:
        with pytest.raises(errors.TlsUnavailableError):
            connect_starttls(server)
    assert server.commands == []


def test_capabilities_heard_before_the_encryption_do_not_count(account):
    """The greeting of Dovecot lists capabilities; they are asked again inside."""
    endpoint = tls_endpoint(
        account,
        port=account.server.imap_port,
        security="starttls",
        fingerprint=fingerprint(account.server),
    )
    with ImapSession.connect(endpoint, account.credentials, account.policy) as session:
        assert "STARTTLS" not in session.capabilities


def test_talk_without_end_before_the_encryption_ends():
    def flood(conversation, _tag, _command):
        while True:
            conversation.send_raw(b"* OK wait a moment\r\n" * 1000)

    with ScriptedServer({"STARTTLS": flood}) as server:
        with pytest.raises(errors.ProtocolError):
            connect_starttls(server)


# -- signing in -----------------------------------------------------------------------------------


def test_wrong_password(account):
    with pytest.raises(errors.AuthenticationError) as caught:
        ImapSession.connect(
            account.endpoint, PasswordCredentials(account.login, "wrong"), account.policy
        )
    assert caught.value.reason == "refused"


@pytest.mark.parametrize("password", ['with "quotes" \\ and spaces', "pässwörd€ 密码", "%{&}*()"])
def test_any_password_works(account, password):
    account.server.add_user(account.login, password)
    credentials = PasswordCredentials(account.login, password)
    with ImapSession.connect(account.endpoint, credentials, account.policy) as session:
        assert session.status_of(["INBOX"])


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 LITERAL+", "IMAP4rev1 SASL-IR"])
@pytest.mark.parametrize("login", ["ann", "ann lee", 'a"n\\n', "än\r\nX1 LOGOUT"])
def test_server_that_knows_only_login_gets_it_unharmed(capabilities, login):
    """Quotes, line ends and other letters must not become words of the protocol."""
    with ScriptedServer(capabilities=capabilities) as server:
        with server.connect(PasswordCredentials(login, "pass word")):
            command = next(line for line in server.commands if line.startswith("LOGIN"))
    arguments = command[len("LOGIN ") :]
    if login.isascii():
        quoted = login.replace("\\", "\\\\").replace('"', '\\"')
        assert arguments == f'"{quoted}" "pass word"'
    else:
        plus = "+" if "LITERAL+" in capabilities else ""
        size = len(login.encode())
        assert arguments.startswith(f"{{{size}{plus}}}\r\n")


def test_server_that_accepts_no_password_gets_none():
    with ScriptedServer(capabilities="IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2") as server:
        with pytest.raises(errors.AuthenticationError) as caught:
            server.connect()
    assert caught.value.reason == "unsupported"
    assert not any("secret" in command for command in server.commands)


def test_expired_token_is_told_apart_and_the_dialogue_ends_properly():
    def refuse(conversation, tag, _command):
        conversation.send("+ eyJzdGF0dXMiOiI0MDAifQ==")
        assert conversation.line() == ""
        return f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"

    with ScriptedServer({"AUTHENTICATE XOAUTH2": refuse}) as server:
        with pytest.raises(errors.AuthenticationError) as caught:
            server.connect(OAuthCredentials("ann@example.com", "ya29.token"))
    assert "Invalid credentials" in caught.value.server_text


@pytest.mark.parametrize(
    ("answer", "error_class", "detail"),
    [
        ("NO [AUTHENTICATIONFAILED] no", REFUSED, "refused"),
        ("NO [ALERT] Application-specific password required", REFUSED, "app_password"),
        ("NO [WEBALERT https://x.example] Web login required.", REFUSED, "web_login"),
        ("NO [ALERT] Your account is not enabled for IMAP use.", REFUSED, "disabled"),
        ("NO [EXPIRED] That password is too old", REFUSED, "expired"),
        ("NO LOGIN failed.", REFUSED, "refused"),
        ("BAD User is authenticated but not connected.", THROTTLED, None),
        ("NO [UNAVAILABLE] Temporary authentication failure.", BUSY, None),
        ("NO [LIMIT] Too many sessions", THROTTLED, None),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", THROTTLED, None),
        ("NO Server temporarily unavailable, try again later", BUSY, None),
    ],
)  # fmt: skip
def test_refused_credentials_are_told_from_an_outage(answer, error_class, detail):
    with ScriptedServer({"AUTHENTICATE": "{tag} " + answer}) as server:
        with pytest.raises(errors.MailboxError) as caught:
            server.connect()
    assert type(caught.value) is error_class
    if detail:
        assert caught.value.reason == detail
    # one refused attempt is one: the same password in another dress locks the account
    assert len([line for line in server.commands if line.startswith("AUTH")]) == 1
    assert "LOGIN" not in server.commands


def test_greeting_that_sends_away_is_an_outage():
    with ScriptedServer(greeting="* BYE Too many connections from your address") as server:
        with pytest.raises(errors.ThrottledError):
            server.connect()


def test_real_limit_of_connections_is_throttling(dovecot_with_one_connection):
    account = dovecot_with_one_connection
    with account.connect():
        with pytest.raises(errors.ThrottledError):
            account.connect()


@pytest.fixture
def dovecot_with_one_connection(tmp_path_factory):
    from tests.mailbox.conftest import Account
    from tools.world.dovecot import DovecotServer

    directory = tmp_path_factory.mktemp("limited")
    extra = "protocol imap {\n  mail_max_userip_connections = 1\n}"
    with DovecotServer(directory, extra=extra) as server:
        yield Account(server)


# -- time -----------------------------------------------------------------------------------------


class SilentServer(Listener):
    """Accepts, and says what it is told to say, a byte at a time, and no more."""

    def __init__(self, text=b"", pause=0.05):
        super().__init__()
        self.text = text
        self.pause = pause

    def handle(self, sock, number):
        for byte in self.text:
            sock.sendall(bytes([byte]))
            # the pause is what is tested: a server that drips
            time.sleep(self.pause)
        while sock.recv(65536):
            pass


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("text", [b"", b"* OK " + b"x" * 10_000])
def test_silent_or_dripping_server_is_left_in_time(security, text):
    with SilentServer(text) as server:
        endpoint = Endpoint("127.0.0.1", server.port, security, timeout=0.5)
        policy = NetworkPolicy.from_text("127.0.0.0/8", str(server.port))
        started = time.monotonic()
        with pytest.raises((errors.ConnectionTimeoutError, errors.TlsUnavailableError)):
            ImapSession.connect(endpoint, PasswordCredentials("ann", "secret"), policy)
        assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("cut", [0, 1, 5, 100, 900, 1_800])
def test_connection_cut_during_the_handshake_is_an_outage(account, security, cut):
    target = account.server.imaps_port if security == "tls" else account.server.imap_port
    with Proxy(target, cuts=[cut] * 5) as proxy:
        endpoint = tls_endpoint(
            account, port=proxy.port, security=security, fingerprint=fingerprint(account.server)
        )
        policy = NetworkPolicy.from_text("127.0.0.0/8 ::1", str(proxy.port))
        with pytest.raises(errors.TransientError):
            ImapSession.connect(endpoint, account.credentials, policy)


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    endpoint = Endpoint("127.0.0.1", port, "none", timeout=2)
    policy = NetworkPolicy.from_text("127.0.0.0/8", str(port))
    with pytest.raises(errors.ConnectionRefusedByHostError):
        ImapSession.connect(endpoint, PasswordCredentials("ann", "secret"), policy)
