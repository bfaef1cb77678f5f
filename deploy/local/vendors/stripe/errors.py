"""Stripe's errors in Stripe's shape (docs.stripe.com/api/errors)."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

INVALID = "invalid_request_error"


class StripeError(Exception):
    """An answer other than 200.

    `executed` says that the endpoint had begun its work: Stripe stores such answers under the
    idempotency key, but not those of requests that failed validation.
    """

    def __init__(
        self, status: int, kind: str, message: str, *, executed: bool = False, **fields: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.fields: Json = {"type": kind, "message": message, **fields}

    def body(self) -> Json:
        """The JSON that Stripe would answer."""
        return {"error": self.fields}


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """400 for a parameter that is missing, unknown or senseless."""
    error = StripeError(400, INVALID, message)
    extra = {"param": param, "code": code}
    error.fields.update({name: value for name, value in extra.items() if value})
    return error


def missing(what: str, object_id: str, param: str = "id") -> StripeError:
    """404 for an object that does not exist."""
    message = f"No such {what}: '{object_id}'"
    return StripeError(404, INVALID, message, code="resource_missing", param=param)


def conflict(message: str, code: str | None = None, **fields: Any) -> StripeError:
    """400 for a request that is well formed but does not fit the object's state."""
    if code:
        fields["code"] = code
    return StripeError(400, INVALID, message, executed=True, **fields)
