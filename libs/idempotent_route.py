"""The HTTP side of `libs/idempotency.py`: the header, and the route class that answers repeats.

router = APIRouter(prefix="/v1/tasks", route_class=IdempotentRoute)
@router.post("", dependencies=[ONCE])         one transaction, the route's `SessionDep`
async def create(session: HotOnceDep, ...)    one transaction, a hot one (`libs/hot_writes.py`)
async def create(key: IdempotencyKey, ...)    a vendor is called: the service takes the key
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute

from libs import idempotency
from libs.deps import get_principal
from libs.errors import AppError
from libs.hot_writes import HotTransaction, Transaction
from libs.idempotency import Answer, Key, Replayed
from libs.postgres import Database
from libs.postgres_deps import SessionDep

KEY = r"[!#-\[\]-~]{1,255}"
"""Visible ASCII without the two characters that a quoted string would have to escape."""
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=f'^(?:"{KEY}"|{KEY})$',
        max_length=257,
        description="A name for this request, such as a UUID, bare or in double quotes. Sent again "
        "with the same body within 24 hours, it gets the same answer and has no second effect.",
    ),
]


@dataclass(slots=True)
class _Pending:
    """The key of the request that is being handled, and the transaction that claimed it, if it is
    the route's own.
    """

    key: Key
    session: Transaction | None = None


async def _read(request: Request, value: str) -> Key:
    """The request's key. Quotes do not count."""
    user = await get_principal(request)
    scope, route = request.scope, request.scope["route"].path
    target = f"{scope['path']}?".encode() + scope["query_string"] + b"\n"
    digest = hashlib.sha256(target + await request.body()).hexdigest()
    return Key(user.account_id, f"{request.method} {route}", value.strip('"'), digest)


async def hand_over(request: Request, value: KeyHeader = None) -> Key | None:
    """The key, if the client sent one, for a service that claims it in a transaction of its own."""
    if value is None:
        return None
    key = await _read(request, value)
    request.state.idempotency = _Pending(key)
    return key


async def once(request: Request, session: SessionDep, value: KeyHeader = None) -> None:
    """Claims the key, if there is one, in the route's own transaction. Raises what `claim`
    raises.
    """
    if value is not None:  # each step that FastAPI has to solve costs, so there is only this one
        await _claim(request, session, value)


async def once_hot(request: Request, value: KeyHeader = None) -> AsyncIterator[HotTransaction]:
    """A hot transaction in which the key, if there is one, is claimed. Raises what `claim`
    raises.
    """
    async with HotTransaction(_database(request)) as transaction:
        if value is not None:
            await _claim(request, transaction, value)
        yield transaction


async def _claim(request: Request, session: Transaction, value: str) -> None:
    key = await _read(request, value)
    await idempotency.claim(session, key)
    request.state.idempotency = _Pending(key, session)


IdempotencyKey = Annotated[Key | None, Depends(hand_over)]
ONCE = Depends(once)
HotOnceDep = Annotated[HotTransaction, Depends(once_hot, scope="function")]


class IdempotentRoute(APIRoute):
    """A route that keeps its answer under the request's key, and gives it again.

    FastAPI asks for the handler once per inclusion of the router and closes function-scoped
    dependencies (`SessionDep`) after it returns: what is stored here commits with the effect.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler with ours around it."""
        handle = super().get_route_handler()

        async def keep(request: Request) -> Response:
            try:
                response = await handle(request)
            except Replayed as repeated:
                return _replay(repeated.answer)
            except AppError:
                await _release(request)
                raise
            return await _keep(request, response)

        return keep


async def _keep(request: Request, response: Response) -> Response:
    pending: _Pending | None = getattr(request.state, "idempotency", None)
    if pending is None:
        return response
    if pending.session is None:  # its service has stored an answer, perhaps a twin's
        async with _database(request).transaction() as session:
            found = await idempotency.find(session, pending.key)
        return _with_body(response, found) if found else response
    body = bytes(response.body).decode()
    await idempotency.store(pending.session, pending.key, Answer(response.status_code, body))
    return response


async def _release(request: Request) -> None:
    pending: _Pending | None = getattr(request.state, "idempotency", None)
    if pending is not None and pending.session is None:
        async with _database(request).transaction() as session:
            await idempotency.release(session, pending.key)


def _replay(answer: Answer) -> Response:
    headers = {"Idempotency-Replayed": "true"}
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _with_body(response: Response, answer: Answer) -> Response:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(answer.body, answer.status, headers)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database
