"""Finds gateways that say nothing, by our own steady clock: the clocks of gateways and other workers prove nothing."""

from __future__ import annotations

import asyncio

from cloud.desk import Desk
from cloud.intake.intake import Intake
from runtime.mqtt import Connection

SILENT_S = 30.0  # six missed status messages of 5 s; EN 54-21 allows 100 s until a path fault is due
WATCH_EVERY_S = 2.0


class SilenceWatch:
    """Counts only while our own link to the broker is up. What other workers heard is seen in the table of gateways."""

    def __init__(self, desk: Desk, intake: Intake, silent_s: float = SILENT_S) -> None:
        self._desk = desk
        self._intake = intake
        self._silent_s = silent_s
        self._seen: dict[str, int] = {}  # gateway -> its last word in the table, as of the last look

    def start(self, now_s: float) -> None:
        """Every gateway gets its full time again: after a start, and after our own link was down."""
        self._seen = self._desk.gateways_seen()
        for gateway in self._seen:
            self._intake.heard[gateway] = now_s

    async def check(self, now_s: float) -> None:
        """Raise gateway_offline for those whose time is up."""
        if self._desk.shared:
            self._others_heard(await asyncio.to_thread(self._desk.gateways_seen), now_s)
        for gateway, heard_s in list(self._intake.heard.items()):
            if now_s - heard_s > self._silent_s:
                del self._intake.heard[gateway]
                await asyncio.to_thread(self._desk.gateway_silent, gateway)

    def _others_heard(self, seen: dict[str, int], now_s: float) -> None:
        for gateway, last_ms in seen.items():
            if self._seen.get(gateway) != last_ms:
                self._intake.heard[gateway] = now_s
        self._seen = seen

    async def run(self, connection: Connection) -> None:
        """Look for silent gateways, as long as we can hear at all; for ever."""
        loop = asyncio.get_running_loop()
        connects = -1
        while True:
            await connection.wait_up()
            if connection.connects != connects:
                connects = connection.connects
                await asyncio.to_thread(self.start, loop.time())
            await self.check(loop.time())
            await asyncio.sleep(WATCH_EVERY_S)
