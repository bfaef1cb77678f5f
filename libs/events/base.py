"""The envelope of all events: CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec), one
frozen class per event.

Readers ignore unknown fields and skip unknown types. A breaking change is a new class with a higher
`version`; both are published until nobody reads the older one.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.ids import new_id

REGISTRY: dict[tuple[str, int], type["Event"]] = {}
"""Every event class that this process has imported, by type and version."""


class Envelope(BaseModel):
    """What stands around an event's data on the wire; `subject` is the Kafka key."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    time: datetime
    subject: str
    datacontenttype: Literal["application/json"] = "application/json"
    eventversion: int = 1
    traceparent: str = ""
    data: dict[str, Any]


class Event(BaseModel):
    """Base of all events.

    `revision` is the aggregate's version after the change: a replay may break the order, so
    handlers that keep a copy of state ignore what is not newer than what they have. `event_id` and
    `occurred_at` travel in the envelope.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    type: ClassVar[str]
    version: ClassVar[int] = 1
    topic: ClassVar[str]
    key_field: ClassVar[str]

    event_id: UUID = Field(default_factory=new_id, exclude=True)
    occurred_at: datetime | None = Field(None, exclude=True)
    traceparent: str = Field("", exclude=True)
    revision: int = Field(0, ge=0)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        if {"type", "version"} & cls.__dict__.keys():
            known = REGISTRY.setdefault((cls.type, cls.version), cls)
            if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
                raise TypeError(f"{cls.type} version {cls.version} is already {known!r}")

    @property
    def key(self) -> str:
        """The aggregate's id: events with the same key stay in order."""
        return str(getattr(self, self.key_field))

    def to_wire(self, at: datetime, traceparent: str = "") -> str:
        """The event as CloudEvents JSON, as of the instant `at`."""
        envelope = Envelope.model_construct(  # nothing to check: all of it is ours
            id=self.event_id,
            source=f"/studyzed/{self.topic.partition('.')[0]}",
            type=self.type,
            time=at,
            subject=self.key,
            eventversion=self.version,
            traceparent=traceparent,
            data=self.model_dump(),
        )
        return envelope.model_dump_json()

    @classmethod
    def from_wire(cls, body: bytes | str) -> Self | None:
        """Reads CloudEvents JSON; `None` for a type that this process does not know.

        Raises pydantic's `ValidationError` for anything that is not a well-formed event.
        """
        envelope = Envelope.model_validate_json(body)
        found = REGISTRY.get((envelope.type, envelope.eventversion))
        if found is None or not issubclass(found, cls):
            return None
        head = {
            "event_id": envelope.id,
            "occurred_at": envelope.time,
            "traceparent": envelope.traceparent,
        }
        return found.model_validate(envelope.data | head)

    @classmethod
    def data_schema(cls) -> dict[str, Any]:
        """JSON Schema of the `data` member, as kept in `docs/events/`."""
        schema = cls.model_json_schema(mode="serialization")
        for hidden in ("event_id", "occurred_at", "traceparent"):
            schema["properties"].pop(hidden, None)
        return schema
