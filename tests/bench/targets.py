"""Our applications as the benches need them: without the limits that would be measured instead."""

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
