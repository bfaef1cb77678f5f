"""What every socket's frames have in common: JSON objects with a `type`, told apart by it."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json

from libs.auth import TokenInvalid
from libs.errors import AppError, Invalid, TooMany
from libs.schemas import Schema


class BadFrame(Invalid):
    """This frame cannot be read."""

    code = "bad_frame"


class UnknownFrame(Invalid):
    """There is no frame of this type."""

    code = "unknown_type"


class TooManyFrames(TooMany):
    """Too many frames: wait a little."""

    code = "too_many_frames"


class OtherAccount(TokenInvalid):
    """This token belongs to another account than the socket."""

    code = "other_account"


class Frame(Schema):
    """Base of what clients send; `ref` comes back in the error frame that answers it."""

    ref: Annotated[str, StringConstraints(max_length=64)] | None = None

    def reference(self) -> str | None:
        """What an error frame calls this frame."""
        return self.ref


class Auth(Frame):
    """The first frame; sent again later, it replaces the token before it expires."""

    type: Literal["auth"]
    token: Annotated[str, StringConstraints(min_length=1, max_length=8_192)]


class Ping(Frame):
    """Answered with `pong`, for clients that cannot see protocol pings."""

    type: Literal["ping"]


class Error(BaseModel):
    """A refusal: `code` as over HTTP; `retry_after` in seconds; `ref` is the refused frame's."""

    type: Literal["error"] = "error"
    code: str
    detail: str
    ref: str | None = None
    retry_after: int | None = None


PONG = '{"type":"pong"}'
RENEWED = '{"type":"renewed"}'
AUTH: TypeAdapter[Auth] = TypeAdapter(Auth)


def explain(error: ValidationError) -> AppError:
    """The error frame's error: which field of a frame is wrong, never what it holds."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "union_tag_invalid":
        return UnknownFrame()
    place = ".".join(str(part) for part in first["loc"][1:])
    return BadFrame(f"{place}: {first['msg']}" if place else None)


def reference(text: str) -> str | None:
    """The `ref` of a frame that could not be read as what it says it is."""
    try:
        frame = from_json(text)
    except ValueError:
        return None
    found = frame.get("ref") if isinstance(frame, dict) else None
    return found[:64] if isinstance(found, str) else None
