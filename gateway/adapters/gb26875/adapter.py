"""The adapter of GB/T 26875.3 panels: its parts put together, and what the gateway wants of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from domain.gb26875 import times
from domain.gb26875.names import Name
from domain.gb26875.panel import Panel
from domain.gb26875.spoken import DEVICE
from domain.gb26875.states import DEVICE_BITS, PART_BITS, SYSTEM_BITS, bits_of
from gateway.adapters import Host, View
from gateway.adapters.gb26875 import orders, store, values
from gateway.adapters.gb26875.centre import Centre
from gateway.adapters.gb26875.intake import Intake
from gateway.adapters.gb26875.servers import TcpServer, UdpServer
from gateway.site_file.gb26875_section import PANEL, Config, Listening, PanelMember

Work = Coroutine[Any, Any, None]
LOOK_S = 1.0  # for another port in a site file that was read again


class Gb26875:
    """Implements gateway.adapters.Adapter. `config` is asked each time: the site file may be read again."""

    def __init__(self, host: Host, config: Callable[[], Config]) -> None:
        self._host = host
        self._config = config
        self._intake = Intake(host, config)
        self._centre = Centre(host, config, self._intake)
        host.writer.keep_with(self._intake.panels)

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Two listeners and the loop that asks."""
        return {"panels": self._centre.run, "panels tcp": self._tcp, "panels udp": self._udp}

    async def _tcp(self) -> None:
        await self._listen("tcp", lambda at: at.tcp_port, lambda: TcpServer(self._centre).serve)

    async def _udp(self) -> None:
        await self._listen("udp", lambda at: at.udp_port, lambda: UdpServer(self._centre).serve)

    async def _listen(
        self, name: str, port_of: Callable[[Listening], int | None], make: Callable[[], Callable[[str, int], Work]]
    ) -> None:
        """Listen where the site file says, and elsewhere once it says something else."""
        while True:
            at = self._config().listening
            host, port = at.host, port_of(at)
            serving = None if port is None else asyncio.create_task(make()(host, port), name=f"panels {name}")
            try:
                while (host, port) == (self._config().listening.host, port_of(self._config().listening)):
                    await self._look_at(name, serving)
            finally:
                if serving is not None:
                    serving.cancel()
                    await asyncio.gather(serving, return_exceptions=True)

    async def _look_at(self, name: str, serving: asyncio.Task[None] | None) -> None:
        """For a second. Raises what ended the listener."""
        if serving is not None:
            await asyncio.wait((serving,), timeout=LOOK_S)
            if serving.done():
                self._centre.closed[name] = type(serving.exception()).__name__
                return serving.result()
        else:
            await asyncio.sleep(LOOK_S)
        self._centre.closed.pop(name, None)
        return None

    def row(self, db: sqlite3.Connection, device: str) -> dict[str, Any]:
        """A panel as endpoints are told."""
        return row_of(self._config().panels[device], self._intake.panels.look(db, device))

    def view(self, db: sqlite3.Connection, device: str) -> View:
        """A panel for a dashboard: is it there, does it burn, is something out of order, its numbers."""
        panel = self._intake.panels.look(db, device)
        return View(
            online=panel.presence == "online",
            alarm=panel.burns,
            problem=bool(store.not_normal(db, device)),
            numbers=values.shown(db, device),
        )

    async def ask(self, fields: dict[str, Any]) -> dict[str, Any]:
        """`{"device", "what", "details"}`, or `{"order": n}` for what became of it. Raises OrderError."""
        if "order" in fields:
            return await self._host.writer.do(lambda db: orders.state_of(db, int(fields["order"])) or {})
        device, what, details = str(fields.get("device")), str(fields.get("what")), dict(fields.get("details", {}))
        if device not in self._config().panels:
            known = ", ".join(self._config().panels)
            raise orders.OrderError(f"{device}: 站点文件中没有这台主机 / is no panel of the site file; known: {known}")
        now_ms = self._host.clock.now_ms()
        if what == "show":
            return await self._host.writer.do(lambda db: self._shown(db, device))
        if what == "over":
            return await self._host.writer.do(lambda db: self._over(db, device, details, now_ms))
        zone = self._config().listening.zone_minutes
        details["tag"] = times.write(now_ms, zone).hex()
        details["since"] = times.write(now_ms - int(details.get("hours", 24)) * 3_600_000, zone).hex()
        n = await self._host.writer.do(lambda db: orders.add(db, device, what, details, now_ms))
        return {"order": n, "device": device, "what": what, "state": "new", "answer": None}

    def _over(self, db: sqlite3.Connection, device: str, details: dict[str, Any], now_ms: int) -> dict[str, Any]:
        if not (str(details.get("by", "")).strip() and str(details.get("reason", "")).strip()):
            raise orders.OrderError("请写明姓名和原因 / say who you are and why: --by NAME --reason TEXT")
        orders.note(db, device, "over", details, now_ms)
        self._intake.declare_over(db, device, now_ms)
        return {"device": device, "what": "over", "state": "done", "answer": None}

    def _shown(self, db: sqlite3.Connection, device: str) -> dict[str, Any]:
        panel = self._intake.panels.look(db, device)
        parts = [
            {"key": key, "name": name, "state": [str(bit) for bit in bits_of(state, _bits(key))], "since_ms": since_ms}
            for key, name, state, since_ms in store.not_normal(db, device)
        ]
        return {
            "device": device,
            "presence": panel.presence,
            "last_seen_ms": panel.last_seen_ms,
            "fire": panel.burns,
            "parts": parts,
        }


def row_of(panel: PanelMember, belief: Panel) -> dict[str, Any]:
    """A panel as endpoints are told; it has no channels of ours."""
    return {
        "device": panel.device,
        "kind": PANEL,
        "place": panel.place,
        "grid": panel.grid,
        "state": belief.presence,
        "last_seen_ms": belief.last_seen_ms,
        "channels": {},
    }


def _bits(key: str) -> dict[int, Name]:
    return DEVICE_BITS if key == DEVICE else PART_BITS if "/" in key else SYSTEM_BITS
