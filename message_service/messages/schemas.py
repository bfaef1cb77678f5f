"""What clients send and get about messages, over HTTP and over the socket."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from libs.schemas import PLAIN, Schema

MAX_BYTES = 8_192


def _fits(text: str) -> str:
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"use at most {MAX_BYTES} bytes of UTF-8")
    return text


Body = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_BYTES, pattern=PLAIN),
    AfterValidator(_fits),
]


class MessageCreate(Schema):
    """A message; sent again with the same `client_msg_id` it is still the same message."""

    client_msg_id: UUID
    body: Body


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


class MessageOut(Schema):
    """A message; `seq` counts from 1 without gaps."""

    id: UUID
    conversation_id: UUID
    seq: int
    sender_id: UUID
    client_msg_id: UUID
    body: str
    sent_at: datetime


class MessageFrame(MessageOut):
    """A message on the socket: all sockets of all members get it, the sender's too."""

    type: Literal["message"] = "message"


class MessagePage(Schema):
    """Messages in the order of `seq`; `more` says whether there are further ones that way."""

    items: list[MessageOut]
    more: bool
