"""The envelope of events."""

import json
import types
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.events.base import REGISTRY, Event
from libs.events.session import TaskAssigned
from libs.events.user import AccountRegistered
from libs.ids import new_id
from tests.libs.parts import Changed

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


@given(TEXT, st.integers(0, 2**40), st.uuids(), st.datetimes(timezones=st.just(UTC)))
def test_an_event_comes_back_as_it_went(
    name: str, revision: int, event_id: Any, at: datetime
) -> None:
    event = Changed(name=name, revision=revision, event_id=event_id)
    back = Event.from_wire(event.to_wire(at, "00-" + "a" * 32 + "-" + "b" * 16 + "-01"))
    assert isinstance(back, Changed)
    assert back.model_dump() == event.model_dump()
    assert (back.event_id, back.occurred_at) == (event_id, at)
    assert back.traceparent[3:35] == "a" * 32
    assert back.key == name


def test_the_envelope_is_cloudevents() -> None:
    event = Changed(name="a", revision=4)
    assert json.loads(event.to_wire(NOW)) == {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": "/studyzed/test",
        "type": "studyzed.test.changed",
        "time": "2026-11-22T12:30:00Z",
        "subject": "a",
        "datacontenttype": "application/json",
        "eventversion": 1,
        "traceparent": "",
        "data": {"revision": 4, "name": "a"},
    }


def changed(**envelope: Any) -> str:
    body = json.loads(Changed(name="a", revision=1).to_wire(NOW))
    return json.dumps(body | envelope)


def test_x_a2_unknown_fields_are_ignored() -> None:
    data = {"name": "a", "revision": 1, "later": [1], "event_id": "not the envelope's"}
    event = Event.from_wire(changed(dataschema="x", data=data))
    assert isinstance(event, Changed)
    assert (event.name, event.revision) == ("a", 1)


def test_x_a2_unknown_types_and_versions_are_none() -> None:
    assert Event.from_wire(changed(type="studyzed.later")) is None
    assert Event.from_wire(changed(eventversion=2)) is None
    assert AccountRegistered.from_wire(changed()) is None


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", "{}", changed(specversion="0.3"), changed(id="x"), changed(time="soon"),
     changed(data={"revision": 1}), changed(data={"name": "a", "revision": -1}),
     changed(data="x")],
)  # fmt: skip
def test_what_is_no_event_is_refused_without_being_quoted(body: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Event.from_wire(body)
    assert "input_value" not in str(caught.value)


def test_a_type_has_one_class() -> None:
    with pytest.raises(TypeError, match="already"):

        class Other(Event):
            type: ClassVar[str] = Changed.type
            topic: ClassVar[str] = Changed.topic
            key_field: ClassVar[str] = "name"

    assert REGISTRY[Changed.type, 1] is Changed


def test_a_type_has_one_class_even_of_the_same_name_elsewhere() -> None:
    values = {
        "type": Changed.type,
        "__annotations__": {"type": ClassVar[str]},
        "__module__": "elsewhere",
        "__qualname__": "Changed",
    }
    with pytest.raises(TypeError, match="already"):
        types.new_class("Changed", (Event,), exec_body=lambda body: body.update(values))


def test_a_new_version_is_another_class() -> None:
    class Second(Changed):
        version: ClassVar[int] = 2

    try:
        event = Event.from_wire(changed(eventversion=2))
        assert isinstance(event, Second)
    finally:
        del REGISTRY[Changed.type, 2]


def test_events_are_keyed_by_their_aggregate() -> None:
    task_id = new_id()
    event = TaskAssigned(
        study_session_id=new_id(),
        session_code="TESTX",
        task_id=task_id,
        tutor_id=new_id(),
        due_at=NOW,
    )
    assert event.key == str(task_id)


def test_the_schema_hides_what_the_envelope_carries() -> None:
    for event in REGISTRY.values():
        names = event.data_schema()["properties"].keys()
        assert not names & {"event_id", "occurred_at", "traceparent"}
        assert "revision" in names
