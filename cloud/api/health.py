"""/healthz and /readyz for whoever supervises the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from cloud.late_routes import late_router
from cloud.trust.door import EVERYBODY

Checks = Mapping[str, Callable[[], object]]


def build_router(checks: Checks) -> APIRouter:
    """`checks` say what must be true before traffic makes sense; counters among them are only shown."""
    router = late_router(tags=["health"], dependencies=[Depends(EVERYBODY)])

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        """200 when every check holds, else 503; the body says which does not."""
        found = {name: check() for name, check in checks.items()}
        ready = all(value is not False for value in found.values())
        return JSONResponse({"ready": ready, **found}, 200 if ready else 503)

    return router
