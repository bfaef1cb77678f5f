"""The HTTP face of the stand-in: authentication, idempotency, faults, routes.

Idempotency is Stripe's (docs.stripe.com/api/idempotent_requests): the first answer whose execution
began is stored for a day, errors included; the same key with other parameters or on another
endpoint is an `idempotency_error`; while the first call runs, a second one gets 409.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from deploy.local.vendors.faults import Faults
from deploy.local.vendors.stripe import (
    cards,
    checkouts,
    customers,
    disputes,
    payments,
    reads,
    refunds,
)
from deploy.local.vendors.stripe.account import NO_REQUEST, Account, new_id
from deploy.local.vendors.stripe.errors import INVALID, Json, StripeError
from deploy.local.vendors.stripe.forms import Params, nest, pairs
from deploy.local.vendors.stripe.store import Answer

# A handler is `(account, params, id from the path or nothing) -> object`.
Handler = Callable[..., Json]
_KEY = re.compile(r"(sk|rk)_test_[A-Za-z0-9_]{4,}")
LONGEST_KEY = 255

WRITES: dict[str, Handler] = {
    "/v1/checkout/sessions": checkouts.create,
    "/v1/checkout/sessions/{id}/expire": checkouts.expire,
    "/v1/customers": customers.create,
    "/v1/customers/{id}": customers.update,
    "/v1/disputes/{id}": disputes.update,
    "/v1/payment_intents": payments.create,
    "/v1/payment_intents/{id}/cancel": payments.cancel,
    "/v1/payment_intents/{id}/confirm": payments.confirm,
    "/v1/payment_methods": cards.create,
    "/v1/payment_methods/{id}/attach": cards.attach,
    "/v1/refunds": refunds.create,
}
READS = {
    "/v1/charges": "charge",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/customers": "customer",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/payment_intents": "payment_intent",
    "/v1/refunds": "refund",
}


@dataclass
class StripeApi:
    """ASGI application of `/v1/…`."""

    account: Account
    faults: Faults
    _running: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._router = Router(self._routes(), default=self._unknown)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    def _routes(self) -> list[Route]:
        routes = [self._route("POST", path, handler) for path, handler in WRITES.items()]
        items = reads.line_items
        routes.append(self._route("GET", "/v1/checkout/sessions/{id}/line_items", items))
        method = partial(_retrieve, "payment_method")
        routes.append(self._route("GET", "/v1/payment_methods/{id}", method))
        for path, kind in READS.items():
            routes.append(self._route("GET", path, partial(_listing, kind, path)))
            routes.append(self._route("GET", f"{path}/{{id}}", partial(_retrieve, kind)))
        return routes

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            return await self._serve(request, handler)

        return Route(path, endpoint, methods=[method])

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        message = f"Unrecognized request URL ({request.method}: {path})."
        error = StripeError(404, INVALID, message)
        response = _response(404, json.dumps(error.body()), new_id("req"), "")
        await response(scope, receive, send)

    async def _serve(self, request: Request, handler: Handler) -> Response:
        request_id = new_id("req")
        body = (await request.body()).decode("utf-8", "replace")
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        call = Call(request, handler, request_id, key, body or request.url.query)
        try:
            _authenticate(request)
            return await self._once(call)
        except StripeError as error:
            return _response(error.status, json.dumps(error.body()), request_id, key)

    async def _once(self, call: "Call") -> Response:
        key = call.key
        if len(key) > LONGEST_KEY:
            raise StripeError(400, INVALID, "Idempotency keys can have up to 255 characters.")
        if key and key in self._running:
            raise StripeError(
                409, "idempotency_error", code="idempotency_key_in_use",
                message="There is currently another in-progress request using this key.",
            )  # fmt: skip
        self._running.add(key)
        try:
            await self.faults.wait()
            if self.faults.take("fail_next"):
                raise StripeError(500, "api_error", "A fault was ordered: nothing was done.")
            response = self._replay(call) if key else None
            response = response or self._execute(call)
        finally:
            self._running.discard(key)
        if self.faults.take("lose_next"):
            raise StripeError(500, "api_error", "A fault was ordered: the answer was lost.")
        return response

    def _replay(self, call: "Call") -> Response | None:
        stored = self.account.store.answer(call.key, self.account.now())
        if stored is None:
            return None
        if stored.endpoint != call.endpoint:
            what = f"for the same endpoint they were first used for ('{stored.endpoint}')"
        elif stored.parameters != call.fingerprint:
            what = "with the same parameters they were first used with"
        else:
            response = _response(stored.status, stored.body, call.request_id, call.key)
            response.headers["Idempotent-Replayed"] = "true"
            response.headers["Original-Request"] = stored.request_id
            return response
        message = (
            f"Keys for idempotent requests can only be used {what}. Try using a key other than "
            f"'{call.key}' if you meant to execute a different request."
        )
        raise StripeError(400, "idempotency_error", message)

    def _execute(self, call: "Call") -> Response:
        account = self.account
        account.request = {"id": call.request_id, "idempotency_key": call.key or None}
        try:
            with account.store.transaction():
                status, body = self._run(call)
                if call.key:
                    account.store.keep(
                        Answer(
                            call.key, call.endpoint, call.fingerprint, status, body,
                            call.request_id, account.now(),
                        )
                    )  # fmt: skip
        finally:
            account.request = NO_REQUEST
        return _response(status, body, call.request_id, call.key)

    def _run(self, call: "Call") -> tuple[int, str]:
        try:
            values = nest(pairs(call.parameters))
            expand = values.pop("expand", {})
            paths = Params(expand, "expand").strings() if isinstance(expand, dict) else [expand]
            path = list(call.request.path_params.values())
            thing = call.handler(self.account, Params(values), *path)
            return 200, json.dumps(reads.expand(self.account, thing, paths))
        except StripeError as error:
            if not error.executed:
                raise
            return error.status, json.dumps(error.body())


@dataclass(frozen=True)
class Call:
    """One authenticated request on its way through idempotency."""

    request: Request
    handler: Handler
    request_id: str
    key: str
    parameters: str

    @property
    def endpoint(self) -> str:
        """The path without the mount, as the SDK wrote it."""
        scope = self.request.scope
        path: str = scope["path"]
        return path.removeprefix(scope.get("root_path", ""))

    @property
    def fingerprint(self) -> str:
        """Equal for equal parameters in any order."""
        return hashlib.sha256(repr(sorted(pairs(self.parameters))).encode()).hexdigest()


def _retrieve(kind: str, account: Account, params: Params, object_id: str) -> Json:
    params.finish()
    return reads.retrieve(account, kind, object_id)


def _listing(kind: str, url: str, account: Account, params: Params) -> Json:
    return reads.listing(account, kind, url, params)


def _authenticate(request: Request) -> None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    key = value.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    elif scheme.lower() != "bearer":
        key = ""
    if not key:
        raise StripeError(401, INVALID, "You did not provide an API key.")
    if not _KEY.fullmatch(key):
        shown = f"{key[:8]}{'*' * 8}" if len(key) > 8 else "*" * 8
        raise StripeError(401, INVALID, f"Invalid API Key provided: {shown}")


def _response(status: int, body: str, request_id: str, key: str) -> Response:
    headers: dict[str, Any] = {"Request-Id": request_id}
    if key:
        headers["Idempotency-Key"] = key
    return Response(body, status, headers, "application/json")
