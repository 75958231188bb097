"""Wires the routes. Importing does nothing."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from cloud.api import health, incidents, live, people, plans, problems, sources, state, tables
from cloud.console.routes import build_router as console_router
from cloud.desk import Desk
from cloud.live import Hub
from cloud.trust.door import Door
from cloud.trust.places import StoredPlaces
from cloud.trust.rights import Guard

STATIC = Path(__file__).parents[1] / "console" / "static"
# a page of another site must not reach a server without login through a name that points to 127.0.0.1
OUR_NAMES = ["127.0.0.1", "localhost", "[::1]", "::1"]


def create_app(desk: Desk, hub: Hub, checks: health.Checks) -> FastAPI:
    """The web server of one desk."""
    app = FastAPI(title="gridwhistle", version="1", summary="Incidents of a district (吹哨)", docs_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=OUR_NAMES)
    app.state.door = Door(Guard(lambda: desk.plan.areas), StoredPlaces(desk.store))
    problems.install(app)
    app.include_router(incidents.build_router(desk))
    app.include_router(state.build_router(desk))
    app.include_router(plans.build_router(desk))
    app.include_router(people.build_router(desk))
    app.include_router(tables.build_router(desk))
    app.include_router(sources.build_router(desk))
    app.include_router(live.build_router(hub))
    app.include_router(health.build_router(checks))
    app.include_router(console_router(desk, desk.clock))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def create_health_app(checks: health.Checks) -> FastAPI:
    """What a worker without pages serves: whoever supervises it asks how it is."""
    app = FastAPI(title="gridwhistle", version="1", docs_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=OUR_NAMES)
    app.include_router(health.build_router(checks))
    return app
