"""/metrics for Prometheus: by a token with `metrics_read`."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from cloud.late_routes import late_router
from cloud.trust.door import allow
from cloud.trust.rights import Action
from runtime.exposition import CONTENT_TYPE


def build_router(look: Callable[[], bytes]) -> APIRouter:
    """`look` makes what one scrape says."""
    router = late_router(tags=["health"], dependencies=[Depends(allow(Action.METRICS_READ))])

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """Numbers of this process and of the store, without names and places."""
        return Response(look(), headers={"Content-Type": CONTENT_TYPE})

    return router
