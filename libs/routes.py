"""Finds the route of a request by an index.

FastAPI keeps included routers as they are and asks their routes one after another, twice for each
request: with the routes of a grown service that costs more than a query. Here the number of parts
and the second part of a path (`tasks` in `/v1/tasks/{task_id}`) leave a handful to ask.
"""

from collections import defaultdict
from collections.abc import Iterable

from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

FOUND = "studyzed.route"


class Index(BaseRoute):
    """Stands before all other routes. What it does not find, they may: the answers 404 and 405 and
    a route that takes a rest of any length (`{rest:path}`) are theirs.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """Takes the routes of an app, whichever routers they come from."""
        self._routes: dict[tuple[int, str], list[RouteContext]] = {}
        self.path_format = ""
        lengths: dict[int, list[tuple[str, RouteContext]]] = defaultdict(list)
        for route in iter_route_contexts(list(routes)):
            if isinstance(route.original_route, APIRoute):
                length, word = _shape(route.path_format or "")
                lengths[length].append((word, route))
        for length, known in lengths.items():
            for word, _ in known:  # a parameter in that place takes every word
                self._routes[length, word] = [r for w, r in known if w == word or "{" in w]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match of the first route that takes the request."""
        if scope["type"] == "http":
            for route in self._routes.get(_shape(scope["path"]), ()):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    self.path_format = route.path_format or ""  # telemetry reads it at once
                    return match, {**child_scope, "route": route.original_route, FOUND: route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the route that was found handle the request."""
        await scope[FOUND].app(scope, receive, send)


def _shape(path: str) -> tuple[int, str]:
    """How many parts, and which word in the second place."""
    return path.count("/"), path.split("/", 3)[2] if path.count("/") > 1 else ""
