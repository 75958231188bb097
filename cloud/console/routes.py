"""Pages and parts of pages. Everything is drawn here on the server; the browser only puts it in place."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from cloud.console import areas, duty, login, telling
from cloud.console.admin import pages as admin
from cloud.console.board import pages as board
from cloud.console.equipment import pages as equipment
from cloud.console.history import pages as history
from cloud.console.incident import pages as incident
from cloud.console.map import pages as map_pages
from cloud.console.planning import pages as planning
from cloud.console.review import alarms, assessing
from cloud.console.review import pages as review
from cloud.console.view import View
from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.trust.desk import Trust
from cloud.trust.door import EVERYBODY

LONG = "public, max-age=31536000, immutable"  # the address changes with the content
ROOMS = (
    board,
    incident,
    history,
    areas,
    duty,
    telling,
    map_pages,
    equipment,
    planning,
    review,
    alarms,
    assessing,
)  # each adds its own pages


def build_router(desk: Desk, view: View, trust: Trust) -> APIRouter:
    """The console over a desk."""
    router = late_router(include_in_schema=False)
    for room in ROOMS:
        room.add_routes(router, desk, view)
    login.add_routes(router, trust, view, lambda: desk.plan.areas)
    admin.add_routes(router, desk, view, trust)
    _add_files(router, view)
    return router


def _add_files(router: APIRouter, view: View) -> None:
    @router.get("/static/{name:path}", dependencies=[Depends(EVERYBODY)])
    def static(request: Request, name: str) -> Response:
        """One of our files."""
        asset = view.assets.get(name)
        if asset is None:
            return Response("no such file; run python scripts/vendor.py", status_code=404, media_type="text/plain")
        headers = {"Cache-Control": LONG, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.packed, media_type=asset.media, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.plain, media_type=asset.media, headers=headers)
