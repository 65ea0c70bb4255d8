"""Whether an archive opens by a password only: no scanner on the way has seen what is in it.

Read from the directory of a ZIP file (APPNOTE.TXT of PKWARE, sections 4.3 and 4.4); nothing is
unpacked.
"""

import struct

_END = struct.Struct("<4s4H2LH")  # end of central directory record
_ENTRY = struct.Struct("<4s6H3L5H2L")  # central directory file header
_FILE = struct.Struct("<4s2H")  # beginning of a local file header
_LONGEST_COMMENT = 65535
_DIRECTORY_LIMIT = 1024 * 1024  # bytes; about ten thousand files
_ENCRYPTED = 0x0001
_ENCRYPTED_DIRECTORY = 0x2000


def is_encrypted(content):
    """Return whether something in a ZIP archive can be read with a password only.

    :param bytes content: of the file; what is no archive is not encrypted
    """
    if content.startswith(b"PK\3\4") and len(content) >= _FILE.size:
        _signature, _version, flags = _FILE.unpack_from(content)
        if flags & (_ENCRYPTED | _ENCRYPTED_DIRECTORY):
            return True
    end = content.rfind(b"PK\5\6", max(0, len(content) - _END.size - _LONGEST_COMMENT))
    if end < 0 or end + _END.size > len(content):
        return False
    # Offsets are wrong where something stands before the archive, the length is not.
    position = end - _END.unpack_from(content, end)[5]
    return position >= 0 and _has_encrypted_entry(content, position, end)


def _has_encrypted_entry(content, position, end):
    end = min(end, position + _DIRECTORY_LIMIT)
    while position + _ENTRY.size <= end and content.startswith(b"PK\1\2", position):
        entry = _ENTRY.unpack_from(content, position)
        if entry[3] & _ENCRYPTED:
            return True
        position += _ENTRY.size + sum(entry[10:13])
    return False
