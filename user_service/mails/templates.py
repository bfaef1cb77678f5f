"""Which mails there are, and how one is put together from the catalogues.

The words stand in `catalogue/<language>.ftl` (Fluent, with CLDR's plural rules); a test compares
every catalogue with the variables named here, and notices words that changed without a new
version. Isolation marks around variables are left on in texts from right to left only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path

from babel import Locale
from babel.dates import format_datetime
from fluent.runtime import FluentBundle, FluentResource

from libs import zones
from user_service.mails.smtp_gateway import Mail

CATALOGUE = Path(__file__).parent / "catalogue"
DEFAULT = "en"
Value = str | int | datetime


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of mail: `version` rises with its words, `variables` are what the words may name."""

    version: int
    paragraphs: int
    variables: frozenset[str] = frozenset()


def _mail(version: int, paragraphs: int, *variables: str) -> Template:
    return Template(version, paragraphs, frozenset(variables))


TEMPLATES: Mapping[str, Template] = {
    "sign-up-code": _mail(1, 3, "code", "minutes"),
    "already-registered": _mail(1, 3),
    "password-reset-code": _mail(1, 2, "code", "minutes"),
    "google-linked": _mail(2, 2, "at"),
    "invited": _mail(1, 4, "inviter", "token", "days"),
    "invited-again": _mail(1, 2, "inviter"),
    "password-changed": _mail(1, 2, "at"),
    "email-change-old-code": _mail(1, 3, "code", "minutes", "email"),
    "email-change-new-code": _mail(1, 2, "code", "minutes"),
    "email-in-use": _mail(1, 2),
    "email-changed": _mail(1, 2, "at"),
    "factor-added": _mail(1, 3, "kind", "at"),
    "factor-removed": _mail(1, 3, "kind", "at"),
    "factors-reset": _mail(1, 3, "at"),
    "recovery-code-used": _mail(1, 3, "at", "count"),
    "recovery-codes-renewed": _mail(1, 3, "at"),
    "factor-guessed": _mail(1, 3, "device", "network", "at"),
    "token-made": _mail(1, 3, "name", "at"),
    "new-device": _mail(1, 3, "device", "network", "at"),
    "refresh-reused": _mail(1, 3, "device", "at"),
    "account-blocked": _mail(1, 4, "reason"),
    "account-blocked-until": _mail(1, 4, "reason", "ends_at"),
    "account-unblocked": _mail(1, 2),
    "role-changed": _mail(1, 3, "role"),
    "export-ready": _mail(1, 2, "until"),
    "export-failed": _mail(1, 2),
    "erasure-scheduled": _mail(1, 3, "due"),
    "erasure-soon": _mail(1, 2, "due"),
    "erasure-undone": _mail(1, 2),
    "erased": _mail(1, 2),
}


FORGOTTEN = frozenset({"erased"})
"""Kinds of which nothing is kept once they are sent: their readers are no longer ours."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail is for: `locale` a BCP 47 tag, `zone` an IANA name in which instants are told."""

    email: str
    locale: str = DEFAULT
    zone: str = "UTC"


def render(kind: str, reader: Reader, values: Mapping[str, Value]) -> Mail:
    """A mail of a kind in the reader's language.

    Raises `ValueError` when the values are not those that the kind names, or when its words cannot
    be put together.
    """
    template = TEMPLATES[kind]
    if set(values) != template.variables:
        raise ValueError(f"{kind} takes {sorted(template.variables)}, not {sorted(values)}")
    language = language_of(reader.locale)
    told = {name: _told(value, reader) for name, value in values.items()}
    # A header is one line: names from before `libs.schemas.LINE` may have several.
    subject = " ".join(_format(language, f"{kind}-subject", told).split())
    paragraphs = [
        _format(language, f"{kind}-{number}", told) for number in range(1, template.paragraphs + 1)
    ]
    paragraphs.append(_format(language, "signature", {}))
    text = "\n\n".join(paragraphs) + "\n"
    return Mail(reader.email, subject, text, _html(language, subject, paragraphs))


def language_of(locale: str) -> str:
    """The catalogue for a BCP 47 tag: the tag's language, else English."""
    primary = locale.partition("-")[0].lower()
    return primary if primary in languages() else DEFAULT


def best(tags: Sequence[str]) -> str:
    """The first of some BCP 47 tags whose language has a catalogue, else English."""
    return next((tag for tag in tags if tag.partition("-")[0].lower() in languages()), DEFAULT)


@cache
def languages() -> frozenset[str]:
    """The languages that have a catalogue."""
    return frozenset(file.stem for file in CATALOGUE.glob("*.ftl"))


@cache
def bundle(language: str) -> FluentBundle:
    """A language's catalogue."""
    made = FluentBundle([language], use_isolating=_direction(language) == "rtl")
    made.add_resource(FluentResource((CATALOGUE / f"{language}.ftl").read_text("utf-8")))
    return made


def _told(value: Value, reader: Reader) -> str | int:
    """A value as people read it: instants in the reader's own zone and language."""
    if not isinstance(value, datetime):
        return value
    place = Locale.parse(language_of(reader.locale))
    return format_datetime(value, "long", zones.get(reader.zone), place)


def _format(language: str, name: str, values: dict[str, str | int]) -> str:
    words = bundle(language)
    pattern = words.get_message(name).value
    if pattern is None:
        raise ValueError(f"{name} has no words in {language}")
    text, faults = words.format_pattern(pattern, values)
    if faults:
        raise ValueError(f"{name} in {language}: {faults[0]}")
    return str(text)


def _direction(language: str) -> str:
    return Locale.parse(language).text_direction


def _html(language: str, subject: str, paragraphs: list[str]) -> str:
    inner = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="{language}" dir="{_direction(language)}"><head>'
        f'<meta charset="utf-8"><title>{escape(subject)}</title></head>'
        f'<body style="font-family:sans-serif;line-height:1.5">{inner}</body></html>'
    )
