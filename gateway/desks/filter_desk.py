"""The filters for whoever stands beside the gateway."""

from __future__ import annotations

from gateway.control import Control, Fields
from gateway.filters.filters import Filters
from gateway.store.writer import Writer

MAX_ROWS = 1_000  # of one answer; a large site asks for one endpoint


class FilterDesk:
    """Answers `filters` at the control socket; looks in the writer's thread."""

    def __init__(self, filters: Filters, writer: Writer) -> None:
        self._filters = filters
        self._writer = writer

    def serve(self, control: Control) -> None:
        """Before anything runs."""
        control.on("filters", self._list)

    async def _list(self, question: Fields) -> Fields:
        device = question.get("device")
        rows = await self._writer.do(lambda _db: self._filters.rows(None if device is None else str(device)))
        return {"channels": rows[:MAX_ROWS], "more": max(0, len(rows) - MAX_ROWS)}
