"""What clients send and get about messages, over HTTP and over the socket."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.schemas import PLAIN, Schema
from message_service.conversations.schemas import Seq

MAX_BYTES = 8_192
MAX_MENTIONS = 20


def _fits(text: str) -> str:
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"use at most {MAX_BYTES} bytes of UTF-8")
    return text


Body = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_BYTES, pattern=PLAIN),
    AfterValidator(_fits),
]


def _once(people: tuple[UUID, ...]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(people))


Mentions = Annotated[tuple[UUID, ...], Field(max_length=MAX_MENTIONS), AfterValidator(_once)]
"""Members who are spoken to by name: accounts, each once."""
ReplyTo = Annotated[Seq, Field(ge=1)]
"""The number of the message that is answered."""


class MessageCreate(Schema):
    """A message; sent again with the same `client_msg_id` it is still the same message."""

    client_msg_id: UUID
    body: Body
    reply_to: ReplyTo | None = None
    mentions: Mentions = ()


class Ack(Schema):
    """The message is stored, with this number and time; the same for every repeat."""

    conversation_id: UUID
    client_msg_id: UUID
    message_id: UUID
    seq: int
    sent_at: datetime


class AckFrame(Ack):
    """An `Ack` on the socket."""

    type: Literal["ack"] = "ack"


class ReactionOut(Schema):
    """How many people have reacted by this emoji."""

    emoji: str
    count: int


class MessageOut(Schema):
    """A message; `seq` counts from 1 without gaps.

    `version` is 0 until it is changed; each change of any message of a conversation takes the
    conversation's next number, so of two states of a message the one with the greater is newer. A
    deleted one keeps its place: its body is empty, and `deleted_by` is `author` or `moderator`.
    """

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: UUID
    client_msg_id: UUID
    body: str
    sent_at: datetime
    reply_to: int | None
    mentions: list[UUID]
    version: int
    edited_at: datetime | None
    deleted_at: datetime | None
    deleted_by: str | None
    reactions: list[ReactionOut]


class MessageShown(MessageOut):
    """A message as one person sees it: with the emojis by which they have reacted themselves."""

    my_reactions: list[str]


class MessageFrame(MessageOut):
    """A message on the socket: all sockets of all members get it, the sender's too."""

    type: Literal["message"] = "message"


class ChangedFrame(MessageOut):
    """A message that was sent before, as it is now. It may come before the message itself, which
    then has the same `version` or a greater one.
    """

    type: Literal["changed"] = "changed"


class MessagePage(Schema):
    """Messages in the order of `seq`; `more` says whether there are further ones that way (older
    ones unless `after_seq` was given). `last_seq` is the last number that there is.
    """

    items: list[MessageShown]
    more: bool
    last_seq: int
