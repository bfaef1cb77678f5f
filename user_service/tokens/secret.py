"""The secret of a token: a prefix that scanners of leaked secrets know, 32 random bytes, and a
checksum over both, so that a mistyped one is refused without asking the database.
"""

import secrets
import string
import zlib

PREFIX = "szp_"
LETTERS = string.digits + string.ascii_letters
BODY, CHECKSUM = 43, 6
"""32 bytes take 43 digits to base 62, a CRC-32 takes 6."""


def draw() -> str:
    """A fresh secret."""
    head = PREFIX + _digits(int.from_bytes(secrets.token_bytes(32), "big"), BODY)
    return head + _checksum(head)


def is_whole(secret: str) -> bool:
    """Whether this may be a secret of ours: says nothing of whether it is one."""
    head, checksum = secret[:-CHECKSUM], secret[-CHECKSUM:]
    length = len(PREFIX) + BODY + CHECKSUM
    return len(secret) == length and head.startswith(PREFIX) and checksum == _checksum(head)


def _checksum(head: str) -> str:
    return _digits(zlib.crc32(head.encode()), CHECKSUM)


def _digits(number: int, length: int) -> str:
    found = []
    for _ in range(length):
        number, digit = divmod(number, len(LETTERS))
        found.append(LETTERS[digit])
    return "".join(reversed(found))
