"""Six hours without a broker, over TLS: an ESP32-S3 keeps them and gives them back."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.firmware.bench import Recorder, Room
from tests.firmware.conftest import PlugIn
from tests.firmware.test_tls import make_ca, make_server

SPEED = 150
# TLS takes 5 kB of the heap here and leaves too little in one piece of 128 kB; on a chip objects are half the size
HEAP_KIB = 136
OUTAGE_MS = 6 * 3_600_000
SHORT_MS = 600_000
NEAR_MS = 60_000  # around the moments at which the broker goes and comes: there a sample may be either
FLASH_KIB = 4096  # the 16 MB chip has 14 MB for files; this much holds more than six hours
DRAIN_S = 600.0  # on a machine that is busy with other tests; a minute where it is not
# Reading them all takes 28 accesses to the wires a second and an idle machine to keep up with.
DISABLED = (
    "co",
    "call_point",
    "hydrant_pressure",
    "sprinkler_pressure",
    "escape_door",
    "extinguisher_removed",
    "tamper",
)


class BothMosquitto(Mosquitto):
    """TLS for the board, plain for the recorder beside it."""

    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        super().__init__(folder)
        self.plain = Mosquitto(folder).port
        self._tls = f"certfile {certificate}\nkeyfile {key}\nlistener {self.plain} 127.0.0.1\n"

    def configuration(self) -> str:
        """Both listeners."""
        return super().configuration() + self._tls


def _first_after(seen: Recorder, at_ms: int) -> dict[str, Any] | None:
    return next((said for said in seen.statuses if (said["at_ms"] or 0) > at_ms), None)


def _newest(seen: Recorder) -> dict[str, Any]:
    """What the board itself said last; the broker's last will knows nothing of its queue."""
    return next(said for said in reversed(seen.statuses) if "queue" in said)


async def _outage(seen: Recorder, broker: BothMosquitto, length_ms: int) -> tuple[int, int, int]:
    """The broker away; when it went and came, and what the board owed, once it has sent all but the newest."""
    gone_ms = seen.clock.now_ms()
    broker.kill()
    await asyncio.sleep(seen.clock.real_s(length_ms))
    broker.start()
    back_ms = seen.clock.now_ms()
    await seen.until(lambda: _first_after(seen, back_ms) is not None, 30)
    first = _first_after(seen, back_ms)
    assert first is not None
    await seen.until(lambda: _newest(seen)["queue"]["pending"] < 100, DRAIN_S)
    return gone_ms, back_ms, first["queue"]["pending"]


@pytest.mark.slow
@pytest.mark.endurance
@pytest.mark.mosquitto
async def test_six_hours_without_a_broker_over_tls(tmp_path: Path, plug_in: PlugIn, room: Room) -> None:
    """Everything arrives, in order, marked as backfill; one boot, nothing dropped, the heap as before."""
    disabled = {channel: {"enabled": False} for channel in DISABLED}
    ca = make_ca(tmp_path / "ours", "ours")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = BothMosquitto(folder, *make_server(tmp_path / "ours", ca))
    broker.start()
    try:
        async with Recorder(broker.plain, Clock.starting_now(SPEED), batch_s=0.02) as seen:
            board = await plug_in(
                broker.port,
                seen.clock,
                flash_kib=FLASH_KIB,
                heap_kib=HEAP_KIB,
                ca_file=ca,
                extra={"channels": disabled},
            )
            await seen.until(lambda: len(seen.statuses) >= 3, 30)
            # what a short outage leaves on the heap is there for good: the rings' lists, the names of their code
            await _outage(seen, broker, SHORT_MS)
            before = _newest(seen)
            gone_ms, back_ms, owed = await _outage(seen, broker, OUTAGE_MS)
            end = max(seen.seqs(1))
            await seen.until(lambda: seen.seqs(1)[: end + 1] == list(range(end + 1)), 60)
    finally:
        broker.stop()

    after = _newest(seen)
    print(f"owed {owed}; {before['heap']=} {after['heap']=} {after['overruns']=}")
    late = [pack for pack in seen.packs if pack.backfill]
    firsts = list(dict.fromkeys(pack.seq for pack in late))
    assert ["power_on"] == [reset.cause for reset in board.resets]
    assert 0 == after["queue"]["dropped"]
    assert owed + after["overruns"] > OUTAGE_MS / 1000 * 0.99
    assert firsts == sorted(firsts)
    away = [pack for pack in seen.packs if gone_ms + NEAR_MS < (pack.at_ms or 0) < back_ms - NEAR_MS]
    assert len(away) > 10_000
    assert {pack.seq for pack in away} <= set(firsts)
    times = [pack.at_ms for pack in late]
    assert all(at_ms is not None for at_ms in times)
    assert all(later > earlier for earlier, later in itertools.pairwise(dict.fromkeys(times)))
    assert after["heap"]["used"] < before["heap"]["used"] + 2048
