"""What clients send and get about changes of messages, over HTTP and over the socket."""

import unicodedata
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from libs.schemas import Schema
from message_service.messages.schemas import Body, Mentions, MessageOut

MAX_EDITS = 50
MAX_EMOJIS = 20
"""Different ones to one message."""
SYMBOLS = {"So", "Sk", "Sm", "Me"}
PARTS = SYMBOLS | {"Mn", "Cf", "Nd", "Po"}
"""Unicode categories: what an emoji is, and what may stand beside that in a sequence."""
PICTOGRAPHS = range(0x1F000, 0x20000)
"""Younger ones than this Python knows are among these."""


def _is_emoji(text: str) -> str:
    kinds = {"So" if ord(sign) in PICTOGRAPHS else unicodedata.category(sign) for sign in text}
    if not kinds <= PARTS or not kinds & SYMBOLS:
        raise ValueError("use one emoji")
    return text


Emoji = Annotated[str, StringConstraints(min_length=1, max_length=16), AfterValidator(_is_emoji)]


class MessageEdit(Schema):
    """A message's text and mentions from now on."""

    body: Body
    mentions: Mentions = ()


class EditOut(Schema):
    """What a message said before it was edited; `number` counts its edits from 1."""

    number: int
    body: str
    replaced_at: datetime


class EditsOut(Schema):
    """All earlier texts, the first one first."""

    items: list[EditOut]


class ReactorOut(Schema):
    """Somebody's reaction to a message."""

    account_id: UUID
    emoji: str
    reacted_at: datetime


class ChangesOut(Schema):
    """Messages as they are now, in the order of their last changes; go on after the last one's
    `version` while there is `more`.
    """

    items: list[MessageOut]
    more: bool
    version: int
