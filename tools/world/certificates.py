"""A certificate authority of one's own, and certificates for the mail servers on loopback."""

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=3650)


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files: the authority to trust, and the server's certificate and key."""

    ca_file: Path
    certificate: Path
    key: Path


def certificates(directory, names=("localhost", "127.0.0.1", "::1")):
    """Return the :class:`Certificates` in ``directory``, made on the first call.

    :param names: host names and addresses the server certificate is valid for
    """
    files = Certificates(
        directory / "ca.pem", directory / "server-certificate.pem", directory / "server-key.pem"
    )
    if files.key.exists():
        return files
    directory.mkdir(parents=True, exist_ok=True)
    ca_key, ca = _make("Email Sync development CA", _authority_extensions())
    key, certificate = _make(names[0], _server_extensions(names), ca_key, ca)
    files.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def trust_bundle(ca_file, path):
    """Write to ``path`` what this machine trusts plus ``ca_file``; return ``path``.

    A program that runs with ``SSL_CERT_FILE=path`` trusts both (openssl's environment variable).
    """
    system = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    bundle = (
        Path(system).read_text() if Path(system).exists() else Path(certifi.where()).read_text()
    )
    path.write_text(f"{bundle}\n{ca_file.read_text()}")
    return path


def _make(common_name, extensions, issuer_key=None, issuer=None):
    """Return a new key and its certificate, signed by ``issuer`` or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    signer = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return key, builder.sign(signer, hashes.SHA256())


def _authority_extensions():
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return [(x509.BasicConstraints(ca=True, path_length=0), True), (usage, True)]


def _server_extensions(names):
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    ]


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
