"""A gateway under test: its site file, its process, its endpoints and its cloud, all on loopback."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.store.schema import DATABASE
from protocol import events, senml

SITE = "chunfeng"
GATEWAY = "gw-chunfeng"
START_MS = 1_795_000_000_000
RUN = "import sys; from pathlib import Path; from gateway.app import main; sys.exit(main(Path(sys.argv[1])))"
REPOSITORY = Path(__file__).resolve().parents[2]


def write_site(folder: Path, port: int, devices: tuple[str, ...] = ("fire-a",), settings: str = "") -> Path:
    """A site file for a gateway whose brokers are one; `settings` of every endpoint as a TOML table."""
    lines = [f'site = "{SITE}"', f'gateway = "{GATEWAY}"']
    for broker in ("site_broker", "cloud_broker"):
        lines += [f"[{broker}]", 'host = "127.0.0.1"', f"port = {port}"]
    for device in devices:
        lines += ["[[endpoints]]", f'device = "{device}"', 'kind = "fire"', f'place = "Room {device}"', 'grid = "1"']
        lines += [f"settings = {settings}"] if settings else []
    path = folder / "site.toml"
    path.write_text("\n".join(lines))
    return path


class Process:
    """A real gateway process that may be killed and started again on the same data."""

    def __init__(self, site_file: Path, data: Path, **settings: object) -> None:
        self._site_file = site_file
        self.data = data
        self._settings = {f"GRIDWHISTLE_GATEWAY_{name.upper()}": str(value) for name, value in settings.items()}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> dict[str, Any]:
        """Start and return the ready line."""
        env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(self.data)} | self._settings
        with (self.data.parent / "gateway.log").open("a") as log_file:
            self._process = subprocess.Popen(
                [sys.executable, "-c", RUN, str(self._site_file)],
                env=env,
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=log_file,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.data.parent / "gateway.log").read_text()
        ready: dict[str, Any] = json.loads(line)
        return ready

    def kill(self) -> None:
        """As a power cut would."""
        self._end(force=True)

    def stop(self) -> int:
        """End it properly; its exit status."""
        return self._end(force=False)

    def _end(self, *, force: bool) -> int:
        process = self._process
        if process is None:
            return 0
        self._process = None
        (process.kill if force else process.terminate)()
        code = process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
        return code


def sample(device: str, seq: int, at_ms: int, boot: int = 1, *, late: bool = False, **values: Any) -> bytes:
    """One sample as an endpoint sends it."""
    return senml.encode(senml.Pack(device, boot, seq, at_ms, backfill=late, values=values or {"temp": 20.0}))


def wait_for(condition: Callable[[], Any], timeout_s: float = 15.0) -> Any:
    """The first true result of a condition."""
    deadline = time.monotonic() + timeout_s
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {timeout_s} s"
        time.sleep(0.02)
    return result


def outbox(data: Path) -> list[events.Event]:
    """Every event in the outbox of a gateway, in order."""
    db = sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)
    rows = db.execute("SELECT payload FROM outbox ORDER BY n").fetchall()
    db.close()
    return [events.decode(payload) for (payload,) in rows]


def samples_in(sent: list[events.Event]) -> list[tuple[str, int, int]]:
    """(device, boot, seq) of every history row, repeats included."""
    return [(row["device"], row["boot"], row["seq"]) for event in sent for row in event.data.get("rows", [])]
