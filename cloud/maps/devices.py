"""Every endpoint and gateway with its place, read once until one changes: thousands of rows, asked for often."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from cloud.maps import rows
from cloud.maps.rows import EndpointState
from cloud.maps.whereabouts import Spot, Whereabouts
from cloud.store.engine import Store
from runtime.clock import Clock

AGE_MS = 2000  # default: what another process changed without a word is seen so late at most
Placed = tuple[tuple[EndpointState, Spot], ...]


class Change(Protocol):
    """What a transaction changed."""

    @property
    def gateways(self) -> bool:
        """True where gateways or their endpoints changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """All of one moment that have a place; nothing is cut to anybody's areas yet."""

    where: Whereabouts
    version: int
    at_ms: int
    endpoints: Placed
    gateways: Placed
    planned: Placed  # named by the plan, heard or not


class KnownDevices:
    """Reads and remembers. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._version = 0
        self._found: Devices | None = None

    def forget(self) -> None:
        """Something changed: what is being read now is old, too."""
        self._version += 1  # of one writer or several: any other number will do

    def get(self, where: Whereabouts) -> Devices:
        """As they are now; read once for all threads that wait."""
        with self._lock:
            found, now_ms = self._found, self._clock.now_ms()
            fresh = found is not None and found.where is where and found.version == self._version
            if found is None or not fresh or not 0 <= now_ms - found.at_ms < AGE_MS:
                found = self._found = self._read(where, self._version, now_ms)
            return found

    def _read(self, where: Whereabouts, version: int, now_ms: int) -> Devices:
        with self._store.read() as session:
            endpoints, gateways = rows.endpoints(session), rows.gateways(session)
        return Devices(
            where=where, version=version, at_ms=now_ms, endpoints=_placed(where, endpoints),
            gateways=_placed(where, gateways), planned=_placed(where, where.planned),
        )  # fmt: skip


def _placed(where: Whereabouts, found: list[EndpointState] | tuple[EndpointState, ...]) -> Placed:
    placed = ((one, where.of_device(one.device, one.grid, one.site)) for one in found)
    return tuple((one, spot) for one, spot in placed if spot is not None)
