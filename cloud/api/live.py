"""/api/live: server-sent events on every change, as long as the one who listens may.

`board`, `incident:<id>`, and `watchers:<id>` where somebody comes to the page of an incident, leaves it or writes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from cloud.late_routes import late_router
from cloud.live import Hub
from cloud.trust.door import Caller, Place, Places, allow
from cloud.trust.errors import TooMany
from cloud.trust.principals import Principal
from cloud.trust.rights import Action

CHECK_S = 10.0  # default: so long somebody hears hints after his session has ended; they carry ids only
OPEN_MAX = 50  # default, per session or token: as many pages as one person has open
FULL_RETRY_S = 10
PLACES_MAX = 10_000


class Where:
    """Where incidents stand that changed lately; they do not move."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._known: dict[str, Place] = {}

    async def seen(self, caller: Caller, incident_id: str) -> bool:
        """True where it stands in the caller's areas."""
        if caller.sees(""):  # all of it
            return True
        place = self._known.get(incident_id) or await asyncio.to_thread(self._places.incident, incident_id)
        if place is None:
            return False
        self._known[incident_id] = place
        while len(self._known) > PLACES_MAX:
            del self._known[next(iter(self._known))]
        return caller.sees(*place)


def build_router(hub: Hub, places: Places, check_s: float = CHECK_S) -> APIRouter:
    """The stream of changes."""
    router = late_router(prefix="/api", tags=["live"])
    opened: Counter[str] = Counter()
    where = Where(places)

    @router.get("/live", response_class=StreamingResponse)
    async def live(
        request: Request,
        caller: Annotated[Caller, Depends(allow(Action.BOARD_READ))],
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """Hints that something changed; reconnect with Last-Event-ID to get what was missed. 429 for too many."""
        key = caller.principal.session or caller.actor
        if opened[key] >= OPEN_MAX:
            raise TooMany(FULL_RETRY_S)
        again: Callable[[], Principal | None] = request.state.again

        def still() -> bool:
            principal = again()
            return principal is not None and caller.guard.may(principal, Action.BOARD_READ)

        async def counted() -> AsyncIterator[str]:
            opened[key] += 1
            hints = hub.stream(last_event_id, seen=partial(where.seen, caller))
            try:
                async with aclosing(while_let_in(hints, still, check_s)) as events:
                    async for event in events:
                        yield event
            finally:
                opened[key] -= 1
                if not opened[key]:
                    del opened[key]

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)

    return router


async def while_let_in(
    stream: AsyncIterator[str], still: Callable[[], bool], check_s: float
) -> AsyncGenerator[str, None]:
    """The stream until whoever listens has logged out or lost his rights. Each look counts as somebody being there."""
    loop = asyncio.get_running_loop()
    checked_s = loop.time()
    async for event in stream:
        if loop.time() - checked_s >= check_s:
            if not await asyncio.to_thread(still):
                return
            checked_s = loop.time()
        yield event
