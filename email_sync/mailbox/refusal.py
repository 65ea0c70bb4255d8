"""Turn what a server says when it refuses into the error that says what to do.

This is the only place that reads servers' texts. Response codes (RFC 5530) come first; the phrases
below are those of servers that have no code for what they mean.
"""

import re

from .errors import (
    AuthenticationError,
    CommandRefusedError,
    FolderFullError,
    FolderGoneError,
    FolderReadOnlyError,
    ServerBusyError,
    ThrottledError,
    clean_server_text,
)

# An hour: no answer of a server, however wrong, may switch an account off for days
LONGEST_WAIT = 3600.0

_CODE = re.compile(rb"\s*\[([A-Z0-9.-]+)(?: ([^\]]*))?\]", re.IGNORECASE)
# Exchange Online: "Request is throttled. Suggested Backoff Time: 299961 milliseconds"
_BACKOFF = re.compile(
    rb"(?:backoff time|retry (?:in|after))\D{0,3}(\d{1,9})\s*(milliseconds|ms|seconds|s|minutes)?",
    re.IGNORECASE,
)
_UNITS = {b"milliseconds": 0.001, b"ms": 0.001, b"minutes": 60.0}

_THROTTLE = re.compile(
    rb"throttled|too many|maximum number of (?:simultaneous )?connections|bandwidth limit"
    rb"|rate limit|exceeded command|sending (?:quota|limit)"
    # Exchange Online: more sessions than the account may have
    rb"|authenticated but not connected",
    re.IGNORECASE,
)
_BUSY = re.compile(
    rb"temporar|try again|try later|unavailable|internal error|server error|not available"
    rb"|shutting down|maintenance|timed? ?out",
    re.IGNORECASE,
)
_APP_PASSWORD = re.compile(
    rb"application-specific password|app(?:lication)? ?-?password|app specific|authorization code",
    re.IGNORECASE,
)
_WEB_LOGIN = re.compile(rb"web ?login|log in via your (?:web )?browser|webalert", re.IGNORECASE)
_DISABLED = re.compile(
    rb"not enabled for imap|imap (?:access )?is disabled|disabled|suspended|basicauthblocked"
    rb"|not enabled for smtp|smtpclientauthentication",
    re.IGNORECASE,
)

_THROTTLE_CODES = {b"LIMIT", b"THROTTLED", b"INUSE"}
_BUSY_CODES = {b"UNAVAILABLE", b"SERVERBUG", b"UNKNOWN-CTE"}
_FOLDER_GONE_CODES = {b"NONEXISTENT", b"TRYCREATE", b"CANNOT"}
_AUTHENTICATION_CODES = {
    b"AUTHENTICATIONFAILED",
    b"AUTHORIZATIONFAILED",
    b"CONTACTADMIN",
    b"EXPIRED",
    b"PRIVACYREQUIRED",
}


def split_code(text):
    """Return ``(code in upper case or b"", its arguments, the rest)`` of a status text."""
    match = _CODE.match(text)
    if not match:
        return b"", b"", text.strip()
    return match[1].upper(), match[2] or b"", text[match.end() :].strip()


def retry_after(text):
    """Return the seconds a server asks to wait, at most :data:`LONGEST_WAIT`, or None."""
    match = _BACKOFF.search(text)
    if not match:
        return None
    seconds = int(match[1]) * _UNITS.get((match[2] or b"").lower(), 1.0)
    return min(seconds, LONGEST_WAIT)


def is_throttle(text):
    """Whether a server asks for fewer requests, connections or messages."""
    return retry_after(text) is not None or bool(_THROTTLE.search(text))


def error_from_refusal(text, *, signing_in=False, secrets=(), folder=None):
    """Make the error for a NO, BAD or BYE of an IMAP server.

    :param bytes text: what follows the status word, response code included
    :param signing_in: whether this is the answer to the credentials, which then are wrong unless
        the server names another reason
    :param secrets: strings to keep out of the error
    :param folder: name of the folder the command was about, where there is one
    :return: the error, to be raised
    """
    code, _arguments, _rest = split_code(text)
    said = {"server_text": clean_server_text(text, secrets)}
    wait = retry_after(text)
    # LIMIT is also what a server answers to a bad search; only the words tell OVERQUOTA of
    # storage (Dovecot, RFC 9208) from OVERQUOTA of bandwidth (Gmail)
    if code in _THROTTLE_CODES or is_throttle(text):
        return ThrottledError(retry_after=wait, **said)
    if code == b"OVERQUOTA":
        if folder is None:
            return ThrottledError(**said)
        return FolderFullError(folder=folder, **said)
    if code in _BUSY_CODES:
        return ServerBusyError(**said)
    if code in _AUTHENTICATION_CODES or (signing_in and not _says_busy(code, text)):
        return AuthenticationError(reason=authentication_reason(text, code), **said)
    if folder is not None and code in _FOLDER_GONE_CODES:
        return FolderGoneError(folder=folder, **said)
    if code in (b"NOPERM", b"READ-ONLY"):
        return FolderReadOnlyError(folder=folder, **said)
    if _BUSY.search(text):
        return ServerBusyError(**said)
    return CommandRefusedError(**said)


def _says_busy(code, text):
    return code not in _AUTHENTICATION_CODES and bool(_BUSY.search(text))


def authentication_reason(text, code=b""):
    """Return the ``reason`` of an :class:`.errors.AuthenticationError`."""
    for reason, phrase in (
        ("app_password", _APP_PASSWORD),
        ("web_login", _WEB_LOGIN),
        ("disabled", _DISABLED),
    ):
        if phrase.search(text):
            return reason
    return "expired" if code == b"EXPIRED" else "refused"
