"""The endpoints of a site as its gateway's status describes them: all at once, or of a large site a page at a time."""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Callable
from typing import Any

from domain.sensor_faults import MISSING
from gateway.beliefs.memory import Memory
from gateway.site_file.site import Site

PAGE = 500  # rows of one status; 150 bytes each, and a status has at most status.MAX_BYTES


def _unknown(_db: sqlite3.Connection, device: str) -> dict[str, Any]:
    return {"device": device}


class EndpointRows:
    """Runs in the writer's thread. `moved`: endpoints that came or went, in order; they stand in the next page."""

    def __init__(self, site: Site, memory: Memory) -> None:
        self._site = site
        self._memory = memory
        self.use(site)
        self.moved: dict[str, None] = {}
        self.foreign: Callable[[sqlite3.Connection, str], dict[str, Any]] = _unknown

    def use(self, site: Site) -> None:
        """Tell of the endpoints of another site file."""
        self._site = site
        self._around = itertools.cycle(site.devices)
        self._list = hashlib.sha256("\n".join(site.devices).encode()).hexdigest()[:16]

    def fields(self, db: sqlite3.Connection, *, watching: bool) -> dict[str, Any]:
        """`endpoints`; and where these are not all, `endpoints_total` and a mark of the list that they belong to."""
        total = len(self._site.devices)
        if total <= PAGE:
            self.moved.clear()
            return {"endpoints": [self._row(db, device, watching) for device in self._site.devices]}
        moved = list(itertools.islice(self.moved, PAGE))
        for device in moved:
            del self.moved[device]
        page = dict.fromkeys(device for device in moved if self._site.member(device) is not None)
        page |= dict.fromkeys(itertools.islice(self._around, PAGE - len(page)))
        rows = [self._row(db, device, watching) for device in page]
        return {"endpoints": rows, "endpoints_total": total, "endpoints_list": self._list}

    def everything(self, db: sqlite3.Connection, *, watching: bool) -> list[dict[str, Any]]:
        """All rows, for somebody who stands beside the gateway."""
        return [self._row(db, device, watching) for device in self._site.devices]

    def _row(self, db: sqlite3.Connection, device: str, watching: bool) -> dict[str, object]:
        if device not in self._site.endpoints:
            return self.foreign(db, device)
        member, endpoint = self._site.endpoints[device], self._memory.look(db, device)
        return {
            "device": device,
            "kind": member.kind,
            "place": member.place,
            "grid": member.grid,
            "state": endpoint.presence if watching else "unknown",
            "last_seen_ms": endpoint.last_seen_ms,
            "channels": endpoint.channels if watching else dict.fromkeys(endpoint.channels, MISSING),
        }
