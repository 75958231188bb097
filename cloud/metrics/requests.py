"""How long requests take until their answer begins, and how they end: by a handful of classes, never by address."""

from __future__ import annotations

import time
from collections import Counter
from enum import StrEnum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.histogram import Histogram

READS = ("GET", "HEAD", "OPTIONS")


class Route(StrEnum):
    """A class of requests."""

    PAGE = "page"
    PART = "part"  # of a page, asked for by the page itself
    FORM = "form"  # what a page sends
    API_READ = "api_read"
    API_WRITE = "api_write"
    STREAM = "stream"  # it never ends: the time until it begins
    STATIC = "static"
    HEALTH = "health"


_PREFIXES = (
    ("/static/", Route.STATIC), ("/healthz", Route.HEALTH), ("/readyz", Route.HEALTH), ("/metrics", Route.HEALTH),
    ("/api/live", Route.STREAM),
)  # fmt: skip


def route_of(method: str, path: str) -> Route:
    """The class of a request."""
    known = next((route for prefix, route in _PREFIXES if path.startswith(prefix)), None)
    if known is not None:
        return known
    if path.startswith("/api/"):
        return Route.API_READ if method in READS else Route.API_WRITE
    if method not in READS:
        return Route.FORM
    return Route.PART if path.startswith("/parts/") else Route.PAGE


class Seen:
    """What a web server has answered since it started. In one event loop; read by any thread."""

    def __init__(self) -> None:
        self.seconds = {route: Histogram() for route in Route}
        self.answers: Counter[tuple[Route, int]] = Counter()

    def note(self, route: Route, code: int, seconds: float) -> None:
        """An answer began."""
        self.seconds[route].observe(seconds)
        self.answers[route, code] += 1


class Watch:
    """ASGI middleware around everything else: what is refused on the way counts too."""

    def __init__(self, app: ASGIApp, seen: Seen) -> None:
        self._app = app
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route, began_s = route_of(scope["method"], scope["path"]), time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._seen.note(route, message["status"], time.perf_counter() - began_s)
            await send(message)

        await self._app(scope, receive, timed)
