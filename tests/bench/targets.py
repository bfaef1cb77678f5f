"""Our applications as the benches need them: without the limits that would be measured instead."""

import sys
from functools import partial

from fastapi import FastAPI

from libs.connection import Caps
from message_service import app, resources
from message_service.messages.pace import Pace

ENDLESS = 1_000_000_000


def chat() -> FastAPI:
    """message_service without limits on frames and messages; both are still counted."""
    setattr(resources, "Pace", partial(Pace, limit=ENDLESS))  # noqa: B010  (mypy knows the class)
    return app.create_app(caps=Caps(frames=ENDLESS))


def unprofiled() -> FastAPI:
    """user_service in a process that cannot load the profiler."""
    for name in ("libs.profiling", "libs.profiler_page"):
        sys.modules[name] = None  # type: ignore[assignment]  # importing it raises from here on
    from user_service.app import create_app

    return create_app()
