"""Panels on real sockets and a real gateway: told once, acknowledged after the commit, whatever happens in between."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from domain.gb26875.frames import Command, Frame, encode
from gateway.adapters.gb26875 import servers
from gateway.store.schema import DATABASE
from simulators.panels.line import Line, LineFailed, Timing
from simulators.panels.sins import Sins
from tests.broker import Mosquitto
from tests.gateway.panels.conftest import CENTRE, QUICK, STRANGER, Site
from tests.gateway.peers import cloud, until
from tests.gateway.site import outbox

Make = Callable[..., Site]
TRANSPORTS = ("tcp", "udp")


def incidents(site: Site) -> list[dict[str, Any]]:
    """The data of every incident message the gateway owes."""
    return [event.data for event in outbox(site.gateway.data) if "incident_id" in event.data]


def told(site: Site, kind: str = "fire") -> list[tuple[str, int, str, str]]:
    """(device, revision, condition, severity) of a kind."""
    found = [data for data in incidents(site) if data["kind"] == kind]
    return [(data["device"], data["revision"], data["condition"], data["severity"]) for data in found]


def rows(site: Site, query: str) -> list[tuple[Any, ...]]:
    """From the gateway's database."""
    db = sqlite3.connect(f"file:{site.gateway.data / DATABASE}?mode=ro", uri=True)
    found = db.execute(query).fetchall()
    db.close()
    return found


def counter(site: Site, name: str) -> int:
    """One counter."""
    return sum(n for found, n in rows(site, "SELECT name, n FROM counters") if found == name)


@pytest.mark.mosquitto
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_fire_at_a_panel_reaches_the_cloud(panels: Make, mosquitto: Mosquitto, transport: str) -> None:
    """First detector, second detector, reset: one incident at the centre, with the panel's own words for the place."""
    site = panels(mosquitto.port)
    site.gateway.start()
    async with cloud(mosquitto.port) as centre, site.line(transport=transport) as line:
        await line.tell(line.device.part(0x600D9, 0x0002, "Ａ区１层呷哺走廊"))
        await line.tell(line.device.part(0x600DA, 0x0002, "Ａ区１层电梯厅"))
        await until(lambda: len(centre.incidents()) == 2)
        first, second = centre.incidents()
        assert (first["kind"], first["severity"], second["severity"]) == ("fire", "major", "critical")
        assert (first["place"], first["grid"]) == ("1号楼消控室", "110105001001001")
        assert first["signals"][0]["label"].startswith("Ａ区１层呷哺走廊 · 点型光电感烟火灾探测器")
        await line.tell(*line.device.reset())
        await until(lambda: len(centre.incidents()) == 3)
        assert centre.incidents()[-1]["condition"] == "cleared"
        await until(lambda: len(centre.statuses[-1].get("endpoints", [])) == 3)
        endpoints = {e["device"]: (e["kind"], e["state"]) for e in centre.statuses[-1]["endpoints"]}
        assert endpoints["panel-a"] == ("panel", "online")


async def test_killed_at_random_moments_no_frame_is_lost_and_none_counts_twice(panels: Make) -> None:
    """What was confirmed is durable; what was not comes again. Thirty fires, three kills, every component once."""
    site = panels()
    site.gateway.start()
    rand = random.Random(26875)
    kills = sorted(rand.sample(range(3, 27), 3))
    async with site.line() as line, site.line("panel-b", transport="udp") as other:
        for number in range(30):
            told_both = asyncio.gather(
                line.tell(line.device.part(number, 0x0003, f"{number}号探测器")),
                other.tell(other.device.part(number, 0x0005)),
            )
            if number in kills:
                site.gateway.kill()
                await asyncio.to_thread(site.gateway.start)
            await told_both
    states = rows(site, "SELECT device, state, COUNT(*) FROM panel_parts GROUP BY device, state ORDER BY device")
    # those of panel-a burn, and are asked after each kill; those of panel-b are not
    counts = "SELECT COUNT({}) FROM panel_records WHERE type = 2 AND device = '{}'"
    fires = [data for data in incidents(site) if data["kind"] == "fire"]

    assert states == [("panel-a", 3, 30), ("panel-b", 5, 30)]
    assert rows(site, counts.format("DISTINCT fact", "panel-a")) == [(30,)]
    assert rows(site, counts.format("*", "panel-b")) == [(30,)]
    assert len({data["incident_id"] for data in fires}) == 1
    assert [data["revision"] for data in fires] == list(range(1, len(fires) + 1))


SINNERS = {
    "split": Sins(split=1),
    "split-and-garbage": Sins(split=7, garbage=3),
    "glue": Sins(glue=True, split=40),
    "twice": Sins(twice=True),
    "wrong-first": Sins(wrong_first=True),
    "garbage": Sins(garbage=40),
    "version": Sins(version=b"\x10\x00"),
    "utc": Sins(clock_off_ms=-8 * 3_600_000),
    "clock-stands": Sins(clock_stands=True),
    "backwards": Sins(backwards=True),
    "no-heartbeat": Sins(no_heartbeat=True),
    "deaf-to-clock": Sins(deaf_to_clock=True, clock_off_ms=90_000),
}


async def test_sinners_are_heard_all_the_same(panels: Make) -> None:
    """All at once, two fires and a fault each: every one counted once, at the time it happened on our clock."""
    site = panels(names=tuple(SINNERS))
    site.gateway.start()
    async with AsyncExitStack() as stack:
        lines = {}
        for number, (name, sins) in enumerate(SINNERS.items()):
            line = site.line(name, sins, TRANSPORTS[number % 2] if not sins.split else "tcp")
            lines[name] = await stack.enter_async_context(line)
        await asyncio.gather(*(_sin(line) for line in lines.values()))
        await until(lambda: len(told(site, "facility_fault")) == len(SINNERS))
        now_ms = next(iter(lines.values())).device.now_ms()
    for name, line in lines.items():
        fires = [data for data in incidents(site) if (data["device"], data["kind"]) == (name, "fire")]
        assert fires[-1]["severity"] == "critical", name
        assert len({data["incident_id"] for data in fires}) == 1, name
        assert all(0 <= now_ms - data["breach_at_ms"] < 30_000 for data in fires), name
        assert len(fires[-1]["signals"]) == 2, name
        assert (line.denied > 0) is line.device.sins.wrong_first, name
    counts = "SELECT device, COUNT(*), COUNT(DISTINCT fact) FROM panel_records WHERE type = {} GROUP BY device"
    assert {name: n for name, n, _ in rows(site, counts.format(21))} == dict.fromkeys(SINNERS, 1)
    # a component that burns may also have been asked, as of a panel that has just come back
    assert {name: n for name, _, n in rows(site, counts.format(2))} == dict.fromkeys(SINNERS, 2)


async def _sin(line: Line) -> None:
    device = line.device
    await line.tell(device.part(1, 0x0002, "一层"), device.part(2, 0x0002, "二层"))
    await line.tell(device.device(0x09))


@pytest.mark.parametrize(("sins", "set_"), [(Sins(), False), (Sins(clock_off_ms=-7_200_000), True)])
async def test_a_wrong_clock_is_set_and_a_right_one_is_left_alone(panels: Make, sins: Sins, set_: bool) -> None:
    """Once; after that its tags are right."""
    site = panels()
    site.gateway.start()
    async with site.line(sins=sins) as line:
        await line.tell(line.device.device(0x01))
        if set_:
            await until(lambda: line.device.heard)
            assert abs(line.device.set_ms - 7_200_000) < 5_000
        await line.tell(line.device.device(0x09))
        await line.tell(line.device.device(0x01))
        await asyncio.sleep(1)  # long enough for a second round
    assert line.device.heard == (["set the clock of the transmission device"] if set_ else [])


async def test_strangers_are_kept_aside_and_not_acknowledged(panels: Make) -> None:
    """So their own light says that something is missing, and the address stands in the quarantine."""
    site = panels()
    site.gateway.start()
    async with site.line("stranger", timing=Timing(timeout_s=0.3, resends=1, again_s=0.1)) as line:
        with pytest.raises(LineFailed):
            await line.tell(line.device.part(1, 0x0003))
    topics = rows(site, "SELECT DISTINCT reason, topic FROM quarantine")

    assert topics == [("unknown_panel", f"gb26875/127.0.0.1/{STRANGER}")]
    assert told(site) == []
    await until(lambda: told(site, "gateway_fault"))
    assert incidents(site)[-1]["signals"][0]["channel"] == f"{STRANGER}@127.0.0.1"


async def test_silence_is_an_incident_and_a_silent_device_is_asked_first(panels: Make) -> None:
    """One without heartbeats answers the poll and stays online; one whose line is cut is away."""
    site = panels(more="silence_s = 2\npoll_s = 0.5")
    site.gateway.start()
    async with site.line(sins=Sins(no_heartbeat=True)) as line:
        await line.tell(line.device.device(0x01))
        await until(lambda: line.device.heard.count("read the state of the transmission device") >= 4)
        assert ("panel-a", 1, "active", "major") not in told(site, "endpoint_offline")
    await until(lambda: ("panel-a", 1, "active", "major") in told(site, "endpoint_offline"))
    async with site.line() as line:
        await until(lambda: ("panel-a", 2, "cleared", "major") in told(site, "endpoint_offline"))


async def test_a_reset_that_nobody_told_is_found_out(panels: Make) -> None:
    """Reset while the gateway was away: one that burnt is asked when it comes back, one that burns goes on burning."""
    site = panels()
    site.gateway.start()
    async with site.line() as line:
        await line.tell(line.device.part(1, 0x0003, "一层"))
    site.gateway.kill()
    quiet, burning = site.line(), site.line()
    quiet.device.part(1, 0x0001, "一层")
    burning.device.part(1, 0x0003, "一层")
    await asyncio.to_thread(site.gateway.start)
    async with burning:
        await until(lambda: burning.device.heard == ["read the state of a component"])
        await until(lambda: counter(site, "panel.type.2") == 2)
    assert told(site) == [("panel-a", 1, "active", "major")]
    site.gateway.kill()
    await asyncio.to_thread(site.gateway.start)
    async with quiet:
        await until(lambda: told(site)[-1] == ("panel-a", 2, "cleared", "major"))


async def test_a_connection_that_only_makes_noise(panels: Make) -> None:
    """It is counted; a fire in the middle of it is heard, and denied frames are those of panels we know."""
    site = panels()
    site.gateway.start()
    rand = random.Random(1)
    async with site.line() as line:
        for _ in range(50):
            await line.noise(rand.randbytes(rand.randrange(200)))
        await line.noise(b"@@" + bytes(22) + b"\x00\x04\x02")
        await line.tell(line.device.part(1, 0x0003))
        await line.noise(b"@@##" * 100)
        await line.tell(line.device.part(2, 0x0003))
    assert told(site)[-1][2:] == ("active", "critical")
    assert counter(site, "panel.noise_bytes") > 1_000


async def test_units_that_cannot_be_understood_are_kept_and_acknowledged(panels: Make) -> None:
    """Sending them again would not help, and they must not hold up the next fire."""
    site = panels()
    site.gateway.start()
    async with site.line() as line:
        for data in (b"\x80\x01hello", b"\x09\x01x", b"\x02\x01short", b"\x01"):
            await line.tell(line.device.frame(Command.SEND, data))
        await line.tell(line.device.frame(Command.SEND, b"\x01\x02" + b"\x01\x03\x02\x00" + bytes(6)))
    reasons = dict(rows(site, "SELECT reason, COUNT(*) FROM quarantine GROUP BY reason"))

    assert reasons == {"unknown_type": 2, "no_objects": 1, "short_unit": 1}
    assert told(site) == [("panel-a", 1, "active", "major")]
    assert counter(site, "panel.wrong_count") == 1


async def test_a_question_of_a_device_is_denied(panels: Make) -> None:
    """The standard has none; saying nothing would make it ask again and again."""
    site = panels()
    site.gateway.start()
    reader, writer = await _connect(site)
    writer.write(encode(Frame(serial=5, command=Command.REQUEST, source=0x379, target=CENTRE, data=b"\x51\x01\x00")))
    answer = await asyncio.wait_for(reader.readexactly(30), 10)

    assert (answer[26], answer[2:4]) == (Command.DENY, b"\x05\x00")
    writer.close()


async def _connect(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(10):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", site.port)
            except OSError:
                await asyncio.sleep(0.05)


async def test_a_crowd_of_connections_leaves_room_for_panels(panels: Make) -> None:
    """So many from one address; the next is closed at once and counted."""
    site = panels()
    site.gateway.start()
    crowd = [await _connect(site) for _ in range(servers.MAX_PER_PEER + 1)]
    assert await asyncio.wait_for(crowd[-1][0].read(), 10) == b""
    await until(lambda: counter(site, "panel.connections_refused") == 1)
    for _, writer in crowd:
        writer.close()
    async with site.line() as line:
        await until(lambda: counter(site, "panel.frames"))
    assert line.denied == 0


async def test_a_bad_port_does_not_stop_the_gateway(panels: Make, tmp_path: Path) -> None:
    """Somebody else has it: UDP serves on, and once it is free TCP serves too."""
    site = panels()
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", site.port)
    site.gateway.start()
    async with site.line(transport="udp") as line:
        await line.tell(line.device.part(1, 0x0003))
        await until(lambda: told(site, "gateway_fault"))
    assert [(s["rule"], s["channel"]) for s in incidents(site)[-1]["signals"]] == [("panel_port", "tcp")]
    taken.close()
    await taken.wait_closed()
    async with site.line(timing=QUICK) as line:
        await line.tell(line.device.part(2, 0x0003))
    assert told(site)[-1][2:] == ("active", "critical")
    await until(lambda: told(site, "gateway_fault")[-1][2] == "cleared")
