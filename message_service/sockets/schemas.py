"""Frames of `/ws/v1`: JSON objects told apart by `type`.

In: `auth` (first), `resume` (once, before messages flow), `send`, `read`, `typing`, `ping`. Out:
`ready`, `ack`, `message`, `read`, `typing`, `notification`, `reset`, `error`, `pong`, `renewed`.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from libs.frames import Auth, Frame, Ping
from message_service.conversations.schemas import Seq
from message_service.messages.schemas import Body

MAX_STREAMS = 100


class Send(Frame):
    """Sends a message; answered with `ack` after the commit, by the same one for every repeat."""

    type: Literal["send"]
    conversation_id: UUID
    client_msg_id: UUID
    body: Body

    def reference(self) -> str | None:
        """A refused message is named by its own id unless the frame says otherwise."""
        return self.ref or str(self.client_msg_id)


class Offset(Frame):
    """Up to which number the client has a conversation's messages."""

    conversation_id: UUID
    after_seq: Seq


class Resume(Frame):
    """Opens the flow of messages: what is missing in the named conversations, then live ones.

    Conversations that are not named go on from where `ready` said that they stand.
    """

    type: Literal["resume"]
    streams: Annotated[tuple[Offset, ...], Field(max_length=MAX_STREAMS)] = ()


class Read(Frame):
    """Says how far one has read."""

    type: Literal["read"]
    conversation_id: UUID
    read_up_to: Seq


class Typing(Frame):
    """Shown to the other member, never stored; more than one in three seconds is dropped."""

    type: Literal["typing"]
    conversation_id: UUID


FRAMES: TypeAdapter[Auth | Ping | Send | Resume | Read | Typing] = TypeAdapter(
    Annotated[Auth | Ping | Send | Resume | Read | Typing, Field(discriminator="type")]
)


class Head(BaseModel):
    """A conversation's last number."""

    conversation_id: UUID
    seq: int


class ReadyFrame(BaseModel):
    """The token is good. `streams` are the latest conversations; `complete` if they are all."""

    type: Literal["ready"] = "ready"
    account_id: UUID
    streams: list[Head]
    complete: bool


class ResetFrame(BaseModel):
    """Too much is missing to be sent here: load the history over HTTP, and go on after `seq`."""

    type: Literal["reset"] = "reset"
    conversation_id: UUID
    seq: int


class TypingFrame(BaseModel):
    """Somebody is typing; forget it after six seconds."""

    type: Literal["typing"] = "typing"
    conversation_id: UUID
    account_id: UUID


class NotificationFrame(BaseModel):
    """The person's feed has a new entry: load it from notification_service."""

    type: Literal["notification"] = "notification"
    notification_id: UUID
