"""Names of files that are safe to save under."""

import re
import unicodedata

LONGEST = 150
RESERVED = re.compile(r"[\\/:*?\"<>|]")
"""What some systems take for a path, a drive, a pattern or a quotation."""
PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
USUAL = "file"


def clean(name: str, extensions: tuple[str, ...]) -> str:
    """A name as people see it: no folders, nothing that cannot be seen or turns the reading
    direction, and an extension that says what the file is.
    """
    visible = "".join(one for one in unicodedata.normalize("NFC", name) if not _is_hidden(one))
    stem = " ".join(RESERVED.sub("_", visible).split()).strip(". ")
    before, _, extension = stem.rpartition(".")
    if before and extension.lower() in extensions:
        stem, kept = before.rstrip(". "), extension.lower()
    else:
        kept = extensions[0]
    return f"{stem[:LONGEST].strip('. ') or USUAL}.{kept}"


def plain(name: str) -> str:
    """The same for programs that know ASCII only: letters, digits, `.`, `_` and `-`."""
    stem, _, extension = name.rpartition(".")
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return f"{PLAIN.sub('-', letters).strip('.-_') or USUAL}.{extension}"


def _is_hidden(letter: str) -> bool:
    """Controls, format characters (which turn directions), surrogates and private ones; joiners
    are letters in some scripts.
    """
    return unicodedata.category(letter).startswith("C") and letter not in "\u200c\u200d"
