"""The words of every kind, in every language."""

from datetime import UTC, datetime
from string import Formatter
from uuid import UUID

import pytest

from libs.events.base import Event
from libs.events.user import (
    AccountBlocked,
    AccountErased,
    AccountUnblocked,
    ExportRequested,
    ProfileChanged,
    RoleChanged,
)
from notification_service.background import HANDLERS
from notification_service.notifications.catalogue import ENGLISH, LANGUAGES, language
from notification_service.notifications.rendering import Reader, render
from notification_service.notifications.templates import TEMPLATES, TaskSet, load
from notification_service.rules.table import RULES

ID = UUID(int=7)


def test_every_consumed_event_has_a_rule() -> None:
    silent: set[type[Event]] = {
        *(RoleChanged, AccountBlocked, AccountUnblocked, ProfileChanged),
        *(ExportRequested, AccountErased),
    }  # fmt: skip
    assert set(HANDLERS) - silent == set(RULES)
    assert all(issubclass(event, Event) for event in RULES)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_has_every_kind_and_no_unknown_placeholder(name: str) -> None:
    texts = LANGUAGES[name].texts
    assert set(texts) == set(TEMPLATES)
    for kind, text in texts.items():
        template = TEMPLATES[kind]
        allowed = set(template.model_fields)
        allowed |= {"person"} if template.person_field else set()
        allowed |= {"study_session"} if template.study_session_field else set()
        allowed |= set(template.moments)
        assert set(template.moments.values()) <= set(template.model_fields)
        used = {
            field for part in (text.title, text.body) for _, field, *_ in Formatter().parse(part)
        }
        assert used - {None} <= allowed
        for field in (template.person_field, template.study_session_field):
            assert not field or field in template.model_fields


@pytest.mark.parametrize("locale", ["en", "en-GB", "xx-YY", ""])
def test_an_unknown_locale_reads_english(locale: str) -> None:
    assert language(locale) is ENGLISH


def test_an_unknown_zone_reads_utc_and_unknown_names_read_generally() -> None:
    due = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
    task = TaskSet(study_session_id=ID, session_code="C", task_id=ID, due_at=due)
    assert "2027-01-02 03:04 (UTC)" in render(task, Reader(zone="Mars/Base"), {}, {}).body
    paid = load("class_paid", {"study_session_id": str(ID), "payment_id": str(ID)})
    assert render(paid, Reader(), {}, {}).body == "The subscription of your class is paid."


def test_braces_in_a_name_are_only_text() -> None:
    sent = {"conversation_id": ID, "message_id": ID, "sender_id": ID}
    shown = render(load("message_received", sent), Reader(), {ID: "{kind} {0.__class__}"}, {})
    assert shown.body == "{kind} {0.__class__} sent you a message."
