"""The endpoints of a site as its gateway's status describes them: all at once, or of a large site a page at a time."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from typing import Any

from domain.sensor_faults import MISSING
from gateway.beliefs.memory import Memory
from gateway.site_file.site import Site

PAGE = 500  # rows of one status
# of the rows of one status; a place of 25 Chinese characters alone takes 150, and a status has status.MAX_BYTES in all
ROWS_BYTES = 160_000

Row = dict[str, Any]


def _unknown(_db: sqlite3.Connection, device: str) -> Row:
    return {"device": device}


class EndpointRows:
    """Runs in the writer's thread. `moved`: endpoints that came or went, in order; they stand in the next page."""

    def __init__(self, site: Site, memory: Memory) -> None:
        self._site = site
        self._memory = memory
        self.use(site)
        self.moved: dict[str, None] = {}
        self.foreign: Callable[[sqlite3.Connection, str], Row] = _unknown

    def use(self, site: Site) -> None:
        """Tell of the endpoints of another site file."""
        self._site = site
        self._next = 0  # whose turn it is, in pages
        self._paged = len(site.devices) > PAGE
        self._list = hashlib.sha256("\n".join(site.devices).encode()).hexdigest()[:16]

    def fields(self, db: sqlite3.Connection, *, watching: bool, room: int = ROWS_BYTES) -> dict[str, object]:
        """`endpoints`, in so many bytes; and where these may not be all, their total and a mark of the list of them."""
        room = min(room, ROWS_BYTES)
        if not self._paged:
            rows = self.everything(db, watching=watching)
            if sum(map(_bytes, rows)) <= room:
                self.moved.clear()
                return {"endpoints": rows}
            self._paged = True  # from now on: with every change of its mark the centre begins anew
        page = self._page(db, watching, room)
        return {"endpoints": page, "endpoints_total": len(self._site.devices), "endpoints_list": self._list}

    def _page(self, db: sqlite3.Connection, watching: bool, room: int) -> list[Row]:
        """Who moved, then whose turn it is, as many as there is room for."""
        page: dict[str, Row] = {}
        for device, has_moved in self._turns():
            if device in page:
                row, size = page[device], 0
            elif self._site.member(device) is None:  # it has left the site
                del self.moved[device]
                continue
            else:
                row = self._row(db, device, watching)
                size = _bytes(row)
            if page and (size > room or (size and len(page) == PAGE)):
                break
            page[device] = row
            room -= size
            if has_moved:
                del self.moved[device]
            else:
                self._next += 1
        return list(page.values())

    def _turns(self) -> list[tuple[str, bool]]:
        devices = self._site.devices
        self._next %= len(devices)
        around = devices[self._next :] + devices[: self._next]
        return [(device, True) for device in self.moved] + [(device, False) for device in around]

    def everything(self, db: sqlite3.Connection, *, watching: bool) -> list[Row]:
        """All rows, for somebody who stands beside the gateway."""
        return [self._row(db, device, watching) for device in self._site.devices]

    def _row(self, db: sqlite3.Connection, device: str, watching: bool) -> Row:
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


def _bytes(row: Row) -> int:
    """On the wire, with what stands between two."""
    return len(json.dumps(row)) + 2
