"""Fuzzers of the parsers that read what strangers send: socket frames and events.

Arbitrary bytes, valid ones that were mutated, and JSON of the right shape with anything in it: only
the declared errors, never a crash. `STUDYZED_FUZZ_EXAMPLES` raises the number of examples.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import EnumType
from typing import Any, Literal, get_args, get_origin
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from libs.errors import AppError
from libs.events.base import Event
from libs.frames import AUTH, explain, reference
from libs.ids import new_id
from message_service.sockets.schemas import FRAMES
from tests.openapi import published

EXAMPLES = 40 * int(os.environ.get("STUDYZED_FUZZ_EXAMPLES", "5"))
pytestmark = pytest.mark.timeout(60 + EXAMPLES)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MEMBERS: dict[str, Any] = {
    "type": st.sampled_from(["auth", "ping", "send", "resume", "read", "typing", "x", ""]),
    "ref": st.text(max_size=70),
    "token": st.text(max_size=70),
    "conversation_id": st.uuids().map(str),
    "client_msg_id": st.uuids().map(str),
    "body": st.text(),
    "read_up_to": st.integers(),
    "streams": st.lists(
        st.dictionaries(st.sampled_from(["conversation_id", "after_seq"]), st.none())
    ),
}
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANY = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
FRAME = st.fixed_dictionaries({}, optional={name: ANY | right for name, right in MEMBERS.items()})
VALID_FRAMES = [
    {"type": "auth", "token": "t"},
    {"type": "ping", "ref": "r"},
    {"type": "send", "conversation_id": str(uuid4()), "client_msg_id": str(uuid4()), "body": "Hi"},
    {"type": "resume", "streams": [{"conversation_id": str(uuid4()), "after_seq": 0}]},
    {"type": "read", "conversation_id": str(uuid4()), "read_up_to": 1},
    {"type": "typing", "conversation_id": str(uuid4())},
]


def text_of(value: Any) -> bytes:
    """JSON as a careless client writes it: NaN, lone surrogates and all."""
    return json.dumps(value).encode()


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[bytes]) -> bytes:
    """A valid text with a few bytes cut out, put in or changed."""
    found = bytearray(draw(originals))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(found)))
        end = min(len(found), start + draw(st.integers(0, 8)))
        found[start:end] = draw(st.binary(max_size=8) | st.sampled_from(JUNK))
    return bytes(found)


JUNK = [
    b"\x00",
    b"\\ud800",
    b"\\u0000",
    b"[" * 300,
    b"{" * 300,
    b"1e999",
    b"NaN",
    b'"',
    b"\xff",
    b"9" * 5_000,
]


def sample(event: type[Event]) -> bytes:
    """An event of a class as it goes over the wire."""
    values: dict[Any, Any] = {UUID: new_id(), datetime: NOW, int: 1, str: "x"}
    values |= {datetime | None: NOW, UUID | None: None, dict[str, int]: {"x": 1}}
    values |= {date: NOW.date(), bool: True, int | None: None, str | None: None}

    def value(kind: Any) -> Any:
        if get_origin(kind) is Literal:
            return get_args(kind)[0]
        if isinstance(kind, EnumType):
            return next(iter(kind))
        return values.get(kind, (new_id(),))

    fields = {
        name: value(field.annotation)
        for name, field in event.model_fields.items()
        if field.is_required()
    }
    return event(**fields).to_wire(NOW).encode()


VALID_EVENTS = [sample(event) for event in published().values()]
FRAME_TEXTS = st.one_of(
    st.binary(),
    FRAME.map(text_of),
    ANY.map(text_of),
    mutated(st.sampled_from([text_of(frame) for frame in VALID_FRAMES])),
)
EVENT_TEXTS = st.one_of(
    st.binary(),
    ANY.map(text_of),
    mutated(st.sampled_from(VALID_EVENTS)),
    st.builds(
        lambda body, name, value: text_of(json.loads(body) | {name: value}),
        st.sampled_from(VALID_EVENTS),
        st.sampled_from([*json.loads(VALID_EVENTS[0]), "x"]),
        ANY,
    ),
    st.builds(
        lambda body, data: text_of(json.loads(body) | {"data": json.loads(body)["data"] | data}),
        st.sampled_from(VALID_EVENTS),
        st.dictionaries(
            st.sampled_from(["event_id", "occurred_at", "revision", "traceparent"]) | st.text(), ANY
        ),
    ),
)


def read_frame(frames: TypeAdapter[Any], text: str) -> tuple[Any, AppError | None]:
    """A frame, or why it is none."""
    try:
        return frames.validate_json(text), None
    except ValidationError as error:
        return None, explain(error)


@pytest.mark.parametrize("frames", [FRAMES, AUTH], ids=["frames", "first frame"])
@given(body=FRAME_TEXTS)
@example(body=b'{"type": "send", "ref": "\\ud800"}')
@example(body=b'{"type": "ping", "ref": "' + b"x" * 65 + b'"}')
@settings(max_examples=EXAMPLES)
def test_frame_parser_only_refuses(frames: TypeAdapter[Any], body: bytes) -> None:
    """As `libs/connection.py` reads them: text that the server has decoded."""
    text = body.decode("utf-8", "replace")
    found = reference(text)
    assert found is None or len(found) <= 64
    frame, refusal = read_frame(frames, text)
    if refusal is not None:
        assert isinstance(refusal, AppError)
        assert refusal.detail.encode()
    else:
        ref = frame.reference()
        assert ref is None or len(ref) <= 64


@given(body=EVENT_TEXTS)
@settings(max_examples=EXAMPLES)
def test_event_parser_only_refuses(body: bytes) -> None:
    """A read event can be handled and sent again; anything else is a `ValidationError`."""
    try:
        event = Event.from_wire(body)
    except ValidationError:
        return
    if event is not None:
        again = Event.from_wire(event.to_wire(NOW))
        assert again is not None
        assert again.model_dump() == event.model_dump()
        assert again.event_id == event.event_id


@pytest.mark.parametrize("body", VALID_EVENTS, ids=lambda body: json.loads(body)["type"])
def test_a_valid_event_is_read(body: bytes) -> None:
    event = Event.from_wire(body)
    assert event is not None
    assert json.loads(event.to_wire(NOW)) == json.loads(body)


@pytest.mark.parametrize("frame", VALID_FRAMES, ids=lambda frame: frame["type"])
def test_a_valid_frame_is_read(frame: dict[str, Any]) -> None:
    assert FRAMES.validate_json(text_of(frame)).type == frame["type"]


Parser = Callable[[bytes], object]


@pytest.mark.parametrize("read", [FRAMES.validate_json, Event.from_wire], ids=["frames", "events"])
@pytest.mark.parametrize("deep", [b"[", b'{"a":', b'{"data":{'])
def test_depth_is_refused(read: Parser, deep: bytes) -> None:
    with pytest.raises(ValidationError):
        read(deep * 20_000)
