"""Wires the routes. Importing does nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from threading import Lock
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from cloud.api import (
    assessing,
    health,
    history,
    incidents,
    live,
    maintenance,
    maps,
    metrics,
    notices,
    people,
    pictures,
    plans,
    problems,
    review,
    review_alarms,
    sources,
    state,
    tables,
    trust,
)
from cloud.api.gate import STRICT, Gate, Rules
from cloud.console import login, strays
from cloud.console.routes import build_router as console_router
from cloud.console.view import View
from cloud.desk import Desk
from cloud.late_routes import hang_in
from cloud.live import Hub
from cloud.metrics import counts
from cloud.metrics.present import Present
from cloud.metrics.requests import Seen, Watch
from cloud.trust import door
from cloud.trust.desk import Trust
from cloud.trust.door import EVERYBODY
from cloud.trust.limits import Buckets, Rate
from cloud.trust.places import StoredPlaces
from cloud.trust.rights import Guard
from runtime.exposition import exposition

# a page of another site must not reach us by a name of its own that points here (DNS rebinding)
OUR_NAMES = ["127.0.0.1", "localhost", "[::1]", "::1"]


OPEN_DOORS = ("/healthz", "/readyz")  # of what is described: they ask nobody's name
REFUSALS = Rate(per_s=1 / 10, burst=60)  # per person or program, on record


def create_app(
    desk: Desk, hub: Hub, checks: health.Checks, keys: Trust, rules: Rules = STRICT, names: Iterable[str] = ()
) -> FastAPI:
    """The web server of one desk. `names`: other hosts than loopback that it answers to."""
    app = FastAPI(
        title="gridwhistle", version="1", summary="Incidents of a district (吹哨)",
        docs_url=None, redoc_url=None, openapi_url=None, responses=problems.RESPONSES,
    )  # fmt: skip
    view = View(desk.plan)
    app.add_middleware(Gate, trust=keys, rules=rules, told=partial(strays.in_words, view))
    seen = _guard(app, desk, keys, names)
    desk.history.exports.record = keys.trail.write
    app.state.plan = desk.plan  # whose local time pages speak
    app.state.broker_up = checks.get("broker", lambda: True)  # our own link, where this process has one
    strays.install(app, view)
    login.install(app, view)
    _describe(app, rules.cookie)
    hang_in(
        app,
        incidents.build_router(desk),
        pictures.build_router(desk),
        state.build_router(desk),
        history.build_router(desk),
        plans.build_router(desk),
        people.build_router(desk),
        tables.build_router(desk),
        sources.build_router(desk),
        review.build_router(desk),
        review_alarms.build_router(desk),
        assessing.build_router(desk),
        maintenance.build_router(desk),
        maps.build_router(desk),
        notices.build_router(desk),
        live.build_router(hub, StoredPlaces(desk.store)),
        health.build_router(checks),
        _metrics(checks, desk, keys, seen, {"streams": hub.streams}),
        trust.build_router(keys, lambda: desk.plan.areas),
        console_router(desk, view, keys),
    )
    return app


def _describe(app: FastAPI, cookie: str) -> None:
    """The interface describes itself to everybody: it is in the source anyway."""
    ways = {
        "token": {"type": "http", "scheme": "bearer", "description": "a program's token (docs/access.md)"},
        "session": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "a person's log-in at /login"},
    }

    drawing = Lock()  # two at once take models from under each other; the second finds what the first has drawn

    @app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(EVERYBODY)])
    def openapi() -> dict[str, Any]:
        with drawing:
            document = app.openapi()
        document["components"]["securitySchemes"] = ways
        document["security"] = [{name: []} for name in ways]
        for path in OPEN_DOORS:
            document["paths"][path]["get"]["security"] = []
        return document


def create_health_app(
    desk: Desk, checks: health.Checks, keys: Trust, rules: Rules = STRICT, names: Iterable[str] = ()
) -> FastAPI:
    """What a worker without pages serves: whoever supervises it asks how it is."""
    app = FastAPI(title="gridwhistle", version="1", docs_url=None, openapi_url=None)
    app.add_middleware(Gate, trust=keys, rules=rules)
    seen = _guard(app, desk, keys, names)
    hang_in(app, health.build_router(checks), _metrics(checks, desk, keys, seen, {}))
    return app


def _guard(app: FastAPI, desk: Desk, keys: Trust, names: Iterable[str]) -> Seen:
    """Who is let in, under which names, and how refusals are told; what counts the answers."""
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*OUR_NAMES, *names])
    seen = Seen()
    app.add_middleware(Watch, seen=seen)  # the last one is around the others
    refusals, looks = Buckets(REFUSALS, time.monotonic), Buckets(door.LOOK, time.monotonic)
    app.state.door = door.Door(
        Guard(lambda: desk.plan.areas), StoredPlaces(desk.store), keys.trail.write, refusals, looks
    )
    problems.install(app)
    return seen


def _metrics(checks: health.Checks, desk: Desk, keys: Trust, seen: Seen, more: health.Checks) -> APIRouter:
    """What /readyz tells everybody, and what it does not."""
    inner: health.Checks = {
        "incidents": partial(counts.incidents, desk.store),
        "sessions": keys.sessions.living,
        "exports": desk.history.exports.health,
        "webhooks": desk.webhooks.health,
        **more,
    }
    return metrics.build_router(lambda: exposition(Present(checks, inner, seen)))
