"""No name leads into the own network, and none changes its mind on the way."""

import socket

import pytest

from email_sync.mailbox import errors, network
from email_sync.mailbox.endpoint import Endpoint
from email_sync.mailbox.network import NetworkPolicy


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", # noqa: S104 - refused
        "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:db8::1", "192.0.2.1",
    ],
)  # fmt: skip
def test_addresses_of_own_networks_are_refused(address):
    with pytest.raises(errors.NetworkForbiddenError):
        NetworkPolicy().check_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address):
    NetworkPolicy().check_address(address)


def test_allowed_network_opens_itself_only():
    policy = NetworkPolicy.from_text("10.1.0.0/16; fd12::/16, 192.168.7.7")
    for address in ("10.1.2.3", "fd12::5", "192.168.7.7", "::ffff:10.1.2.3"):
        policy.check_address(address)
    for address in ("10.2.0.1", "192.168.7.8", "127.0.0.1", "::ffff:10.2.0.1"):
        with pytest.raises(errors.NetworkForbiddenError):
            policy.check_address(address)


@pytest.mark.parametrize("text", ["10.0.0.0/99", "intranet", "10.0.0.1-9"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError):
        NetworkPolicy.from_text(text)


@pytest.mark.parametrize("port", [22, 80, 443, 3306, 5432, 6379, 8069])
def test_only_ports_of_mail(port):
    with pytest.raises(errors.NetworkForbiddenError):
        network.resolve("mail.example.com", port, NetworkPolicy())


def resolver(*addresses):
    calls = []

    def getaddrinfo(host, port, **_hints):
        calls.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    return getaddrinfo, calls


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    getaddrinfo, _calls = resolver("8.8.8.8", "10.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(errors.NetworkForbiddenError):
        network.resolve("mail.example.com", 993, NetworkPolicy())


def test_name_is_resolved_once(monkeypatch):
    """A second look-up could answer otherwise (rebinding)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        getaddrinfo, calls = resolver("127.0.0.1")
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        policy = NetworkPolicy.from_text("127.0.0.0/8", str(port))
        endpoint = Endpoint("mail.example.com", port, "none")
        sock, _deadline = network.open_socket(endpoint, policy, "imap")
        with sock:
            assert sock.getpeername() == ("127.0.0.1", port)
    assert calls == ["mail.example.com"]


@pytest.mark.parametrize("name", ["127.1", "0x7f000001", "2130706433", "localhost"])
def test_other_spellings_of_loopback_are_refused(name):
    with pytest.raises((errors.NetworkForbiddenError, errors.HostNotFoundError)):
        network.resolve(name, 993, NetworkPolicy())


@pytest.mark.parametrize(
    "name",
    ["", "no such host", "a/b", "user@host", "x" * 300, "a..b", "a" * 64 + ".example", "a\0b"],
)
def test_what_is_no_host_name_is_not_looked_up(name):
    with pytest.raises(errors.HostNotFoundError):
        network.resolve(name, 993, NetworkPolicy())


def test_next_address_is_tried_when_one_is_dead(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        getaddrinfo, _calls = resolver("127.0.0.9", "127.0.0.1")
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        policy = NetworkPolicy.from_text("127.0.0.0/8", str(port))
        sock, _deadline = network.open_socket(Endpoint("h", port, "none"), policy, "imap")
        with sock:
            assert sock.getpeername()[0] == "127.0.0.1"
