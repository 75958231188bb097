"""All adapters of a gateway. What the site file does not use costs nothing; it may be added while the gateway runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.adapters import Adapter, Host, View
from gateway.adapters.gb26875.adapter import Gb26875, row_of
from gateway.adapters.gb26875.store import Panels
from gateway.site_file.gb26875_section import KIND, NOBODY, Config
from gateway.site_file.site import Site


class Foreign:
    """Foreign devices of the site."""

    def __init__(self, site: Site, host: Host) -> None:
        self._site = site
        self._adapters: dict[str, Adapter] = {KIND: Gb26875(host, self._panels)}

    def _panels(self) -> Config:
        return next((config for config in self._site.adapters if config.kind == KIND), NOBODY)

    def _of(self, device: str) -> Adapter:
        return next(self._adapters[config.kind] for config in self._site.adapters if device in config.panels)

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Everything that runs for ever, by name."""
        return {name: task for adapter in self._adapters.values() for name, task in adapter.tasks().items()}

    def row(self, db: sqlite3.Connection, device: str) -> dict[str, Any]:
        """One device for the gateway's status."""
        return self._of(device).row(db, device)

    def view(self, db: sqlite3.Connection, device: str) -> View:
        """One device for a dashboard."""
        return self._of(device).view(db, device)

    async def ask_panel(self, fields: dict[str, Any]) -> dict[str, Any]:
        """A question about a panel, and the answer. Raises OrderError."""
        return await self._adapters[KIND].ask(fields)


def rows_beside(site: Site) -> Callable[[sqlite3.Connection, str], dict[str, Any]]:
    """As `Foreign.row`, for whoever only reads the database of a gateway."""
    known = {device: panel for config in site.adapters for device, panel in config.panels.items()}
    panels = Panels(lambda: known)
    return lambda db, device: row_of(known[device], panels.look(db, device))
