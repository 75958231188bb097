"""/api/live: server-sent events `board` and `incident:<id>` on every change."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse

from cloud.live import Hub
from cloud.trust.door import allow
from cloud.trust.rights import Action


def build_router(hub: Hub) -> APIRouter:
    """The stream of changes."""
    router = APIRouter(prefix="/api", tags=["live"])

    @router.get("/live", response_class=StreamingResponse, dependencies=[Depends(allow(Action.BOARD_READ))])
    async def live(last_event_id: Annotated[str | None, Header()] = None) -> StreamingResponse:
        """Hints that something changed; reconnect with Last-Event-ID to get what was missed."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(hub.stream(last_event_id), media_type="text/event-stream", headers=headers)

    return router
