"""When two short texts are the same answer (S-A8)."""

from unicodedata import normalize


def folded(text: str) -> str:
    """A text in NFC, without differences of case, with single spaces and none around it."""
    return normalize("NFC", " ".join(normalize("NFC", text).casefold().split()))


def is_one_of(text: str, variants: list[str]) -> bool:
    """Whether a text is a listed variant, but for case, spaces and the form of Unicode."""
    return folded(text) in {folded(one) for one in variants}
