"""How many endpoints one gateway carries: 10,000 on their own connections, a fire sample each every 10 s, 10 minutes.

Real mosquitto, the real gateway process on its real database, and a centre that only acknowledges. All of them and the
endpoints themselves share this machine, so the figures are worse than those of a gateway with its cores to itself.
Delays: from a sample's sending until the endpoint has the gateway's word that it is durable; and from the pressing of
a call point until its incident has reached the centre's broker. Memory and processor time are the kernel's.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.crowd import name_of
from benchmarks.report import distribution, save
from protocol import acks, events, topics
from runtime.clock import Clock
from runtime.mqtt import Connection, Link, connected
from simulators.brokers import MosquittoBroker
from simulators.process import OurProcess

SITE, GATEWAY = "load", "gw-load"
PRESSES = 30
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
GRIDS = 33  # of about 300 endpoints each


@dataclass(slots=True)
class Centre:
    """Acknowledges what the gateway sends, and notes when a fire came."""

    clock: Clock = field(default_factory=Clock)
    link: Connection | None = None
    fires_ms: dict[str, int] = field(default_factory=dict)
    incidents: int = 0
    rows: int = 0
    status: dict[str, Any] = field(default_factory=dict)

    async def hear(self, topic: str, payload: bytes) -> None:
        """An incident, a batch of history or a status."""
        if topic.endswith("/status"):
            self.status = json.loads(payload)
            return
        event = events.decode(payload)
        if event.type in events.INCIDENT_TYPES:
            self.incidents += event.type == events.RAISED
            if event.data["kind"] == "fire":
                self.fires_ms.setdefault(event.data["device"], self.clock.now_ms())
        self.rows += len(event.data.get("rows", ()))
        if self.link is not None:
            self.link.publish(topics.build(SITE, GATEWAY, "ack"), acks.encode([event.id]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process has used so far."""

    cpu_s: float
    rss_mb: float
    peak_mb: float


def usage(pid: int) -> Usage:
    """From the kernel (proc(5)): user and system time, resident set and its peak."""
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    resident, peak = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return Usage(cpu_s=(int(stat[11]) + int(stat[12])) / TICKS_PER_S, rss_mb=resident, peak_mb=peak)


def _site_file(folder: Path, port: int, cloud_port: int, count: int) -> Path:
    lines = [f'site = "{SITE}"', f'gateway = "{GATEWAY}"']
    for name, at in (("site_broker", port), ("cloud_broker", cloud_port)):
        lines += [f"[{name}]", 'host = "127.0.0.1"', f"port = {at}"]
    for number in range(count):
        device = name_of(number)
        lines += ["[[endpoints]]", f'device = "{device}"', 'kind = "fire"', f'place = "{number // 12 + 1} 号楼"']
        lines += [f'grid = "grid-{number % GRIDS + 1:02d}"']
    path = folder / "site.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


async def _crowd(port: int, count: int, every_s: float, run_s: float) -> asyncio.subprocess.Process:
    args = map(str, (port, SITE, count, every_s, run_s, PRESSES))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.crowd", *args, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )


async def _resident(pid: int, resident_mb: list[float]) -> None:
    """Its memory once a minute: whether it still grows at the end."""
    while True:
        await asyncio.sleep(60)
        resident_mb.append(round(usage(pid).rss_mb, 1))


async def _watch(crowd: asyncio.subprocess.Process, pids: dict[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    assert crowd.stdout is not None
    await crowd.stdout.readline()  # all are connected
    loop = asyncio.get_running_loop()
    before, begin_s = {name: usage(pid) for name, pid in pids.items()}, loop.time()
    resident_mb: list[float] = []
    resident = asyncio.create_task(_resident(pids["gateway"], resident_mb))
    figures: dict[str, Any] = json.loads(await crowd.stdout.readline())
    resident.cancel()
    took_s = loop.time() - begin_s
    used = {name: usage(pid) for name, pid in pids.items()}
    await crowd.communicate(b"")  # it stayed so that it could be looked at
    processes = {
        name: {
            "cores": round((used[name].cpu_s - before[name].cpu_s) / took_s, 3),
            "rss_mb_at_the_begin": round(before[name].rss_mb, 1),
            "rss_mb_at_the_end": round(used[name].rss_mb, 1),
            "peak_mb": round(used[name].peak_mb, 1),
        }
        for name in pids
    }
    return figures | {"gateway_rss_mb_each_minute": resident_mb}, processes


async def measure(folder: Path, count: int, every_s: float, run_s: float) -> dict[str, Any]:
    """One run."""
    site_broker, cloud_broker = MosquittoBroker(folder / "site"), MosquittoBroker(folder / "cloud")
    await site_broker.start()
    await cloud_broker.start()
    centre = Centre()
    kinds = tuple(topics.build(SITE, GATEWAY, kind) for kind in ("incident", "history", "status"))
    site_file = _site_file(folder, site_broker.port, cloud_broker.port, count)
    env = {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(folder / "data"), "GRIDWHISTLE_GATEWAY_LOG_LEVEL": "warning"}
    gateway = OurProcess("gateway", ["gateway", "run", "--site", str(site_file)], env, folder / "gateway.log")
    try:
        link = Link(host="127.0.0.1", port=cloud_broker.port, client_id="centre", subscriptions=kinds)
        async with connected(link, centre.hear) as centre.link:
            await centre.link.wait_up()
            await gateway.start()
            crowd = await _crowd(site_broker.port, count, every_s, run_s)
            pids = {"gateway": gateway.pid, "mosquitto": site_broker.pid, "endpoints": crowd.pid}
            figures, processes = await _watch(crowd, pids)
            await _settle(centre)
    finally:
        await gateway.stop()
        await site_broker.stop()
        await cloud_broker.stop()
    pressed = figures.pop("pressed_ms")
    delays = [centre.fires_ms[device] - at_ms for device, at_ms in pressed.items() if device in centre.fires_ms]
    return {
        "endpoints": count,
        "messages_per_s": round(figures["sent"] / run_s),
        "run_s": run_s,
        **figures,
        "pressed": len(pressed),
        "fires_at_the_centre": len(delays),
        "other_incidents": centre.incidents - len(delays),
        "press_to_centre_ms": distribution(delays),
        "history_rows": centre.rows,
        "owed_at_the_end": centre.status["outbox"]["pending"],
        "quarantined": centre.status["quarantine"]["count"],
        "processes": processes,
    }


async def _settle(centre: Centre) -> None:
    """Until the gateway has told the centre of everything, at most a minute."""
    for _ in range(60):
        if centre.status.get("outbox", {}).get("pending") == 0:
            return
        await asyncio.sleep(1)


def _print(figures: dict[str, Any]) -> None:
    table = Table(title=f"{figures['endpoints']} 台设备 / endpoints, {figures['messages_per_s']} msg/s")
    for name in ("", "cores", "RSS MB", "peak MB"):
        table.add_column(name, justify="left" if not name else "right")
    for name, row in figures["processes"].items():
        table.add_row(name, *(str(row[key]) for key in ("cores", "rss_mb_at_the_end", "peak_mb")))
    console = Console()
    console.print(table)
    for what, name in (
        ("采样到落盘 sample to durable", "sample_to_durable_ms"),
        ("按下到中心 press to centre", "press_to_centre_ms"),
    ):
        told = figures[name]
        console.print(f"{what}: p50 {told['p50']:.0f} ms, p99 {told['p99']:.0f} ms, 最差 worst {told['max']:.0f} ms")


def main(endpoints: int = 10_000, every_s: float = 10.0, minutes: float = 10.0) -> None:
    """Measure, print and keep; exit status 1 where anything was lost."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < endpoints + 100:
        raise SystemExit(
            f"打开文件数上限 {hard} 不够 / the limit of open files is {hard}; raise it: ulimit -n {endpoints + 100}"
        )
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), endpoints, every_s, minutes * 60))
    save("devices", __doc__ or "", figures)
    _print(figures)
    whole = not figures["unacknowledged"] and figures["pressed"] == figures["fires_at_the_centre"]
    raise SystemExit(0 if whole and not figures["connections_lost"] else 1)


if __name__ == "__main__":
    typer.run(main)
