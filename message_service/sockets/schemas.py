"""Frames of `/ws/v1`: JSON objects told apart by `type`.

In: `auth` (first), `resume` (once, before messages flow), `send`, `edit`, `delete`, `react`,
`read`, `typing`, `ping`. Out: `ready`, `ack`, `done`, `message`, `changed`, `read`, `typing`,
`notification`, `reset`, `error`, `pong`, `renewed`.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from libs.frames import Auth, Frame, Ping
from message_service.changes.schemas import Emoji
from message_service.conversations.schemas import Seq
from message_service.messages.schemas import Body, Mentions, ReplyTo

MAX_STREAMS = 100


class Send(Frame):
    """Sends a message; answered with `ack` after the commit, by the same one for every repeat."""

    type: Literal["send"]
    conversation_id: UUID
    client_msg_id: UUID
    body: Body
    reply_to: ReplyTo | None = None
    mentions: Mentions = ()

    def reference(self) -> str | None:
        """A refused message is named by its own id unless the frame says otherwise."""
        return self.ref or str(self.client_msg_id)


class Edit(Frame):
    """Gives one's own message another text; answered with `done`."""

    type: Literal["edit"]
    conversation_id: UUID
    seq: ReplyTo
    body: Body
    mentions: Mentions = ()


class Delete(Frame):
    """Takes one's own message back; answered with `done`."""

    type: Literal["delete"]
    conversation_id: UUID
    seq: ReplyTo


class React(Frame):
    """Reacts to a message, or takes it back if not `on`; answered with `done`."""

    type: Literal["react"]
    conversation_id: UUID
    seq: ReplyTo
    emoji: Emoji
    on: bool = True


class Offset(Frame):
    """Up to which number the client has a conversation's messages, and up to which version their
    changes; without that it gets the changes after `ready`.
    """

    conversation_id: UUID
    after_seq: Seq
    after_version: Seq | None = None


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


Change = Edit | Delete | React
FRAMES: TypeAdapter[Auth | Ping | Send | Resume | Read | Typing | Change] = TypeAdapter(
    Annotated[Auth | Ping | Send | Resume | Read | Typing | Change, Field(discriminator="type")]
)


class Head(BaseModel):
    """A conversation's last number, and its version: the number of the last change."""

    conversation_id: UUID
    seq: int
    version: int


class ReadyFrame(BaseModel):
    """The token is good. `streams` are the latest conversations; `complete` if they are all."""

    type: Literal["ready"] = "ready"
    account_id: UUID
    streams: list[Head]
    complete: bool


class ResetFrame(BaseModel):
    """Too much is missing to be sent here: load the history over HTTP, and go on after `seq`
    and `version`.
    """

    type: Literal["reset"] = "reset"
    conversation_id: UUID
    seq: int
    version: int


class DoneFrame(BaseModel):
    """A change is made, or there was nothing to change; the message has this version now."""

    type: Literal["done"] = "done"
    conversation_id: UUID
    seq: int
    version: int
    ref: str | None


class TypingFrame(BaseModel):
    """Somebody is typing; forget it after six seconds."""

    type: Literal["typing"] = "typing"
    conversation_id: UUID
    account_id: UUID


class NotificationFrame(BaseModel):
    """The person's feed has a new entry: load it from notification_service."""

    type: Literal["notification"] = "notification"
    notification_id: UUID
