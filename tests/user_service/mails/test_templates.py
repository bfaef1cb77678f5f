"""The catalogues of mails: every language says everything, and the same things."""

import hashlib
import json
import re
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer, ast

from user_service.mails import templates
from user_service.mails.templates import CATALOGUE, TEMPLATES, Reader, Value, render
from user_service.privacy.data_map import STORES

WORDS = Path(__file__).parent / "words.json"
"""Digests of the words of each version: words that change need a new version."""
LANGUAGES = sorted(templates.languages())


def messages(language: str) -> dict[str, ast.Message]:
    parsed = FluentParser().parse((CATALOGUE / f"{language}.ftl").read_text("utf-8"))
    assert not [entry for entry in parsed.body if isinstance(entry, ast.Junk)]
    return {entry.id.name: entry for entry in parsed.body if isinstance(entry, ast.Message)}


def variables(node: ast.BaseNode) -> Iterator[str]:
    if isinstance(node, ast.VariableReference):
        yield node.id.name
    for value in vars(node).values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.BaseNode):
                yield from variables(child)


def names(kind: str) -> list[str]:
    numbers = range(1, TEMPLATES[kind].paragraphs + 1)
    return [f"{kind}-subject", *(f"{kind}-{number}" for number in numbers)]


def example(kind: str) -> dict[str, Value]:
    made: dict[str, Value] = dict.fromkeys(TEMPLATES[kind].variables, "Asha")
    at = {name: datetime(2026, 11, 25, 12, tzinfo=UTC) for name in made if name.endswith("at")}
    return made | at | {name: 2 for name in made if name in ("minutes", "days", "hours", "count")}


def test_there_are_english_and_hindi() -> None:
    assert LANGUAGES == ["en", "hi"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_x20_a_language_has_the_words_of_every_mail_and_no_others(language: str) -> None:
    wanted = {"signature", *(name for kind in TEMPLATES for name in names(kind))}
    assert messages(language).keys() == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TEMPLATES)
def test_words_name_exactly_the_variables_of_their_mail(kind: str, language: str) -> None:
    found = messages(language)
    used = {variable for name in names(kind) for variable in variables(found[name])}
    assert used == TEMPLATES[kind].variables


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_mail_can_be_put_together(kind: str, language: str) -> None:
    mail = render(kind, Reader("a@example.org", language, "Asia/Kolkata"), example(kind))
    assert mail.to == "a@example.org"
    assert "{" not in mail.subject + mail.text
    assert f'<html lang="{language}" dir="ltr">' in mail.html


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\x0b", "\x85", "\u2028"])
def test_a_subject_is_one_line_whatever_a_name_holds(sign: str) -> None:
    """A header of several lines is refused by the mail library, at every try."""
    values = {"inviter": f"Asha{sign}Bcc: all@example.org"}
    mail = render("invited-again", Reader("a@example.org"), values)
    assert mail.subject == "Asha Bcc: all@example.org invites you to StudyZed"


DRAWN = re.compile(r"""render\(\s*"([a-z-]+)\"""")
"""Mails that a job puts together: nothing of them is kept."""
OF_THE_READER = frozenset(
    "at count device due ends_at kind name network reason role until".split()  # noqa: SIM905
)
"""What mails that are kept may tell: the reader's own, which goes with the reader's account."""


def test_mails_that_are_kept_name_nobody_but_their_reader() -> None:
    """The data map finds kept mails by their reader alone."""
    files = Path(templates.__file__).parents[1].rglob("*.py")
    drawn = {kind for file in files for kind in DRAWN.findall(file.read_text())}
    assert drawn >= {"invited", "invited-again", "sign-up-code"}
    told = {name for kind in TEMPLATES.keys() - drawn for name in TEMPLATES[kind].variables}
    assert told == OF_THE_READER
    rules = [rule.where for held in STORES for rule in held.rules]
    searched = {name for where in rules for name in re.findall(r"values ->> '(\w+)'", str(where))}
    assert searched <= told


def test_changed_words_have_a_new_version() -> None:
    """After a change of words raise the version in `templates.py`, and write the digests anew."""
    found = {language: messages(language) for language in LANGUAGES}
    write = FluentSerializer().serialize_entry
    digests = {}
    for kind, template in TEMPLATES.items():
        said = [write(found[one][name]) for one in LANGUAGES for name in names(kind)]
        digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
        digests[kind] = f"{template.version} {digest}"
    assert digests == json.loads(WORDS.read_text()), json.dumps(digests, indent=2)


@pytest.mark.parametrize(
    ("language", "minutes", "words"),
    [
        ("en", 1, "good for one minute."), ("en", 10, "good for 10 minutes."),
        ("en-GB", 10, "good for 10 minutes."), ("de", 10, "good for 10 minutes."),
        ("hi", 10, "यह 10 मिनट तक मान्य है।"), ("hi-IN", 10, "यह 10 मिनट तक मान्य है।"),
    ],
)  # fmt: skip
def test_x20_plural_and_language(language: str, minutes: int, words: str) -> None:
    mail = render(
        "sign-up-code", Reader("a@example.org", language), {"code": "012345", "minutes": minutes}
    )
    assert words in mail.text
    assert mail.subject.find("012345") >= 0


def test_values_that_a_mail_does_not_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"takes \['code', 'minutes'\], not \['code'\]"):
        render("sign-up-code", Reader("a@example.org"), {"code": "012345"})


def test_names_cannot_bring_markup() -> None:
    mail = render("sign-up-code", Reader("a@example.org"), {"code": "<b>1</b>", "minutes": 10})
    assert "<b>" not in mail.html
    assert "&lt;b&gt;1&lt;/b&gt;" in mail.html


def test_x21_zones_are_not_the_machine_s(tmp_path: Path) -> None:
    """A machine that takes Kolkata for UTC changes no mail."""
    (tmp_path / "Asia").mkdir()
    wrong = resources.files("tzdata.zoneinfo") / "Etc" / "UTC"
    (tmp_path / "Asia" / "Kolkata").write_bytes(wrong.read_bytes())
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        reader = Reader("a@example.org", "en", "Asia/Kolkata")
        told = render("password-changed", reader, example("password-changed"))
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()
    assert "5:30:00" in str(told)  # 12:00 in UTC
