"""Every failure that a client can act on, as a small tree of classes.

    AppError
    ├── BadRequest 400      the request cannot be understood
    ├── Unauthorized 401    no valid credentials
    ├── PaymentRequired 402 money is missing
    ├── Forbidden 403       known, but not allowed
    ├── NotFound 404        missing, or none of the caller's business
    ├── Conflict 409        the state forbids it now
    ├── Stale 412           somebody else changed it first
    ├── TooLarge 413        the body is too big
    ├── Unsupported 415     the content type is not taken
    ├── Invalid 422         a field is wrong
    ├── Locked 423          frozen on purpose
    ├── TooMany 429         slow down; carries `retry_after` seconds
    └── Unavailable 503     a part of ours is away; carries `retry_after` seconds

A feature's error is two lines: a parent and a `code`. Over HTTP it becomes
`application/problem+json` (RFC 9457), on a socket an error frame, and in a consumer it decides
between retry (`Unavailable`) and dead letter (anything else). This module is pure: it imports no
framework.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: `pointer` is a JSON pointer (RFC 6901) into the body, or `query/name`,
    `header/name`, `path/name`. `suggestions` are values that would do.
    """

    pointer: str
    code: str
    detail: str
    suggestions: tuple[str, ...] = ()


class AppError(Exception):
    """A failure with an HTTP status, a stable `code` and a sentence that is safe to show to
    anybody.

    The sentence is the docstring's first line unless one is given. `headers` are sent with the
    answer.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        fields: Sequence[FieldProblem] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.detail = (
            detail or (type(self).__doc__ or "Something went wrong.").strip().splitlines()[0]
        )
        self.fields = tuple(fields)
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        super().__init__(f"{self.code}: {self.detail}")


class BadRequest(AppError):
    """The request cannot be understood."""

    status, code = 400, "bad_request"


class Unauthorized(AppError):
    """Sign in first: a valid access token is needed."""

    status, code = 401, "unauthorized"


class PaymentRequired(AppError):
    """There is not enough money for this."""

    status, code = 402, "payment_required"


class Forbidden(AppError):
    """You may not do this."""

    status, code = 403, "forbidden"


class NotFound(AppError):
    """There is no such thing, or it is not yours to see."""

    status, code = 404, "not_found"


class Conflict(AppError):
    """The present state does not allow this."""

    status, code = 409, "conflict"


class Stale(AppError):
    """Somebody else changed this first: load it again."""

    status, code = 412, "stale"


class TooLarge(AppError):
    """The body is larger than this route takes."""

    status, code = 413, "too_large"


class Unsupported(AppError):
    """This content type is not taken here."""

    status, code = 415, "unsupported_media_type"


class Invalid(AppError):
    """Some fields are not valid."""

    status, code = 422, "invalid"


class Locked(AppError):
    """This is frozen on purpose."""

    status, code = 423, "locked"


class TooMany(AppError):
    """Too many requests: wait a little."""

    status, code = 429, "too_many_requests"


class Unavailable(AppError):
    """A part of the system is away for the moment: try again."""

    status, code = 503, "unavailable"

    def __init__(self, detail: str | None = None, *, retry_after: int = 2) -> None:
        super().__init__(detail, retry_after=retry_after)


def problem(error: AppError, trace_id: str) -> dict[str, Any]:
    """The RFC 9457 body of an error: `type`, `title`, `status`, `detail`, `code`, `trace_id` and,
    if any, `fields`.
    """
    body: dict[str, Any] = {
        "type": f"urn:studyzed:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "trace_id": trace_id,
    }
    if error.fields:
        body["fields"] = [_shown(wrong) for wrong in error.fields]
    return body


def _shown(wrong: FieldProblem) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "pointer": wrong.pointer, "code": wrong.code, "detail": wrong.detail
    }  # fmt: skip
    return shown | ({"suggestions": list(wrong.suggestions)} if wrong.suggestions else {})


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route for these errors, one OpenAPI entry per status, an example per
    code.
    """
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = responses.setdefault(
            error.status,
            {
                "description": "",
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        shown = error()
        entry["description"] = " ".join(
            filter(None, [entry["description"], f"`{error.code}`: {shown.detail}"])
        )
        examples = entry["content"]["application/problem+json"]["examples"]
        examples[error.code] = {"value": problem(shown, "0af7651916cd43dd8448eb211c80319c")}
    return responses
