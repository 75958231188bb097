"""/api/map: what the map draws, as GeoJSON. 304 where nothing has changed since the ETag that one has."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.maps.around import around
from cloud.maps.desk import Maps, Seen
from cloud.maps.frame import ZOOM_MAX, Frame, read_box
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

NUMBER = r"-?\d{1,3}(\.\d{1,12})?"
Box = Annotated[str, Query(pattern=rf"^({NUMBER}(,{NUMBER}){{3}})?$", max_length=80)]  # west,south,east,north
Zoom = Annotated[int, Query(ge=0, le=ZOOM_MAX)]
Datum = Literal["wgs84", "gcj02"]
Id = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")]
PACK_ABOVE = 1024  # bytes
GEOJSON: dict[int | str, dict[str, Any]] = {
    200: {"description": "GeoJSON", "content": {"application/json": {"schema": {"type": "object"}}}},
    304: {"description": "nothing has changed"},
}


def frame_of(bbox: Box = "", zoom: Zoom = 16, datum: Datum = "wgs84") -> Frame:
    """The part of the ground that is shown. Raises FrameError."""
    return Frame(box=read_box(bbox), zoom=zoom, datum=datum)


InFrame = Annotated[Frame, Depends(frame_of)]


def told(request: Request, body: dict[str, Any]) -> Response:
    """The answer, packed; 304 where the asker has it. Kept by nobody: it is of one person's rights."""
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'W/"{hashlib.sha256(plain).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "no-store", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if len(plain) > PACK_ABOVE and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        plain = gzip.compress(plain, 5, mtime=0)
    return Response(plain, media_type="application/json", headers=headers)


def build_router(desk: Desk) -> APIRouter:
    """Routes on the map."""
    router = late_router(prefix="/api/map", tags=["map"])
    _ground(router, desk.maps)
    _things(router, desk.maps)
    _people(router, desk)
    return router


def _ground(router: APIRouter, maps: Maps) -> None:
    ground = {"dependencies": [Depends(allow(Action.PLAN_READ))], "responses": GEOJSON, "response_class": Response}

    @router.get("/areas", **ground)  # type: ignore[arg-type]
    def areas(request: Request, frame: InFrame, level: Annotated[str, Query(min_length=1, max_length=64)]) -> Response:
        """Boundaries of a level in a box, as simple as the zoom allows; neighbours stay seamless. 422 for no level."""
        return told(request, maps.areas(level, frame))

    @router.get("/buildings", **ground)  # type: ignore[arg-type]
    def buildings(request: Request, frame: InFrame) -> Response:
        """Buildings in a box, at most 500."""
        return told(request, maps.buildings(frame))


def _things(router: APIRouter, maps: Maps) -> None:
    @router.get("/incidents", responses=GEOJSON, response_class=Response)
    def incidents(
        request: Request, frame: InFrame, caller: Annotated[Caller, Depends(allow(Action.BOARD_READ))]
    ) -> Response:
        """Open incidents in a box (at most 1000, the most urgent), and `counts` of every area of one's own."""
        return told(request, maps.incidents(maps.opened(caller.sees), frame))

    @router.get("/endpoints", responses=GEOJSON, response_class=Response)
    def endpoints(
        request: Request, frame: InFrame, caller: Annotated[Caller, Depends(allow(Action.GATEWAY_READ))]
    ) -> Response:
        """Endpoints and gateways with their state; those that stand close at this zoom as one with their number."""
        return told(request, maps.endpoints(Seen(sees=caller.sees, reaches=caller.reaches), frame))

    @router.get("/around", responses=GEOJSON, response_class=Response)
    def near(
        request: Request,
        caller: Annotated[Caller, Depends(allow(Action.BOARD_READ))],
        incident_id: Id = "", device: Id = "", at: Id = "", datum: Datum = "wgs84",
    ) -> Response:  # fmt: skip
        """A small map of one incident, endpoint or area: its grid and its neighbours, what stands and happens there."""
        seen = Seen(sees=caller.sees, reaches=caller.reaches)
        return told(request, around(maps, seen, Frame(datum=datum), incident=incident_id, device=device, area_id=at))


def _people(router: APIRouter, desk: Desk) -> None:
    @router.get("/people", responses=GEOJSON, response_class=Response)
    def people(
        request: Request, caller: Annotated[Caller, Depends(allow(Action.TRACK_READ))], datum: Datum = "wgs84"
    ) -> Response:
        """Last positions of workers, at most a day old, with their time. Personal: every reading is on record."""
        return told(request, desk.maps.people(caller.sees, Frame(datum=datum)))

    @router.get("/tracks/{patrol_id}", responses=GEOJSON, response_class=Response)
    def track(
        request: Request,
        patrol_id: Annotated[int, Path(ge=1, lt=1 << 53)],
        caller: Annotated[Caller, Depends(allow(Action.TRACK_READ))],
        datum: Datum = "wgs84",
    ) -> Response:
        """One patrol as a line with `times_ms` of its points. Personal, on record. 404 if unknown."""
        found = desk.sources.patrol(patrol_id)
        caller.check(found.area, found.site)
        return told(request, desk.maps.track(found, Frame(datum=datum)))
