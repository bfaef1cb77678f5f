"""What lets thousands of apps live one after another in one process.

A service's process builds one app and keeps it. Tests build one each, and what is meant for a
process of its own would cost them nearly a second and some megabytes every time.
"""

from collections.abc import Callable, Iterable
from types import SimpleNamespace

import pytest
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from libs import process, routes

Contexts = Callable[[list[BaseRoute]], Iterable[RouteContext]]


def once_per_routers(build: Contexts) -> Contexts:
    """FastAPI's contexts of routes are made again for each app that includes a router, though they
    depend on nothing of the app but its settings, which are the same for all apps of a service.
    """
    made: dict[tuple[int, ...], list[RouteContext]] = {}

    def contexts(found: list[BaseRoute]) -> list[RouteContext]:
        routers = [route for route in found if hasattr(route, "original_router")]
        key = tuple(id(route.original_router) for route in routers)  # modules keep them alive
        if key not in made:
            made[key] = list(build(list(routers)))
        return made[key]

    return contexts


def slim(patch: pytest.MonkeyPatch) -> None:
    """Shares routes among apps, and ends the process's start once: what each app freezes would
    never be collected.
    """
    patch.setattr(routes, "iter_route_contexts", once_per_routers(iter_route_contexts))
    process.settle()
    ended = SimpleNamespace(**dict.fromkeys(("collect", "freeze", "set_threshold"), _nothing))
    patch.setattr(process, "gc", ended)


def _nothing(*_: int) -> None:
    pass
