"""Readings of a centre whose file another worker holds: read through that worker's API. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import structlog

from cloud.history.port import Point

log = structlog.get_logger()
TIMEOUT_S = 5.0  # a plot without its curve is better than a page that does not come


class NoHistoryHere(RuntimeError):
    """Readings came to a worker that does not keep them; its roles are wrong."""


class RemoteSeries:
    """Without an address, and while the other worker is away, there are no readings: evidence is drawn alone."""

    def __init__(self, url: str | None, token: str | None, transport: httpx.BaseTransport | None = None) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client: httpx.Client | None = None
        if url is not None:
            self._client = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, transport=transport)

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """Raises NoHistoryHere."""
        raise NoHistoryHere("readings belong to the worker whose ROLES contain history")

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """Readings of a channel as the other worker tells them, in time order."""
        if self._client is None:
            return []
        query = {"device": device, "channel": channel, "from_ms": str(from_ms), "to_ms": str(to_ms)}
        try:
            answer = self._client.get("/api/readings", params=query)
            answer.raise_for_status()
            return [(int(at_ms), value) for at_ms, value in answer.json()["points"]]
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            log.warning("readings_not_read", why=repr(error), remedy="READINGS_URL and READINGS_TOKEN of this worker")
            return []

    def close(self) -> None:
        """Release the connection."""
        if self._client is not None:
            self._client.close()
