"""session_service as a process that kills itself around its commit; see `test_idempotency.py`."""

import os
import signal
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs import idempotency
from session_service.app import create_app as create_service


def create_app() -> ASGIApp:
    """The service; `x-die: before` kills it with the effect uncommitted, `after` unanswered."""
    app, store = create_service(), idempotency.store

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        die = dict(scope.get("headers", ())).get(b"x-die")

        async def dying(message: Message) -> None:
            if die == b"after":
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        async def last_act(*arguments: Any) -> None:
            await store(*arguments)
            if die == b"before":
                os.kill(os.getpid(), signal.SIGKILL)

        idempotency.store = last_act  # type: ignore[assignment]
        await app(scope, receive, dying)

    return serve
