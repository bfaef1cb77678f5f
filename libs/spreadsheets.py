"""Cells of CSV files that people open in a spreadsheet."""

RISKY = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With what a spreadsheet takes a text for a formula (OWASP, "CSV Injection"); also full-width."""


def safe(value: object) -> str:
    """A cell that is shown and never run: a text that looks like a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    risky = text.lstrip().startswith(RISKY) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if risky else text


def unsafe(text: str) -> str:
    """What `safe` has made a cell from."""
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text
