"""An update in waves through the real gateway: canary, failure, pause, a crash in the middle, and the end."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import build
from protocol import commands, status
from tests.broker import Mosquitto
from tests.gateway.peers import Endpoint, cloud, endpoint, until
from tests.gateway.site import REPOSITORY, Process, write_site

OLD, NEW = "0.1.0", "0.2.0"
NAMES = ("fire-a", "fire-b", "fire-c", "fire-d")


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """For four endpoints."""
    process = Process(write_site(tmp_path, mosquitto.port, NAMES), tmp_path / "data", silence_ms=600_000)
    yield process
    process.kill()


class Board:
    """An endpoint that can be updated; `says`: how its update ends."""

    def __init__(self, peer: Endpoint) -> None:
        self.peer = peer
        self.version = OLD
        self.says = "good"
        self.boot = 1
        self.seq = 0

    def live(self, board: str = "esp32_s3") -> None:
        """A status and a sample."""
        fields = {"state": "online", "why": "birth", "boot": self.boot, "at_ms": None, "kind": "fire", "board": board}
        self.peer.send("status", status.encode(fields | {"firmware": self.version}))
        self.seq += 1
        self.peer.sample(self.seq, 1_795_000_000_000 + self.seq * 1000, temp=20.0)

    def answer(self, order: dict[str, Any], ok: bool, **data: Any) -> None:
        """To an order."""
        self.peer.send("answer", commands.encode_answer(order["id"], ok, data))

    def obey(self) -> list[str]:
        """Work on the orders that have come; their commands."""
        orders = [commands.decode_command(payload) for payload in self.peer.mail["command"]]
        self.peer.mail["command"].clear()
        for order in orders:
            if order["cmd"] == "update":
                self._update(order)
        return [order["cmd"] for order in orders]

    def _update(self, order: dict[str, Any]) -> None:
        self.answer(order, True, state="fetching")
        if self.says == "good":
            self.answer(order, True, state="restarting")
            self.version = ".".join(map(str, order["version"]))
            self.live()
            self.answer(order, True, state="good")
        else:
            self.answer(order, False, state="refused", error=self.says)


def say(gateway: Process, *args: str) -> subprocess.CompletedProcess[str]:
    """`gridwhistle gateway rollout …` beside the gateway."""
    env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(gateway.data)}
    argv = [sys.executable, "-m", "gridwhistle", "gateway", "rollout", *args]
    return subprocess.run(argv, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)


async def states(gateway: Process) -> tuple[str, dict[str, str]]:
    """Of the newest rollout."""
    told = await asyncio.to_thread(say, gateway, "status", "--json")
    newest = json.loads(told.stdout)[0]
    return newest["state"], {row["device"]: row["progress"] for row in newest["endpoints"]}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Signed, small, for the boards of this test."""
    path = tmp_path / "fire-0.2.0.gwb"
    files = {"firmware/__init__.mpy": b"M\x06\x00\x1f"}
    path.write_bytes(build.seal(files, "esp32_s3", "fire", (0, 2, 0), Ed25519PrivateKey.generate()))
    return path


@pytest.mark.slow
async def test_survives_13_an_update_in_waves(gateway: Process, mosquitto: Mosquitto, bundle: Path) -> None:
    """The canary first; a failure stops it and is an incident; a crash forgets nothing; the sleeper comes last."""
    gateway.start()
    async with AsyncExitStack() as stack:
        centre = await stack.enter_async_context(cloud(mosquitto.port))
        boards = [Board(await stack.enter_async_context(endpoint(mosquitto.port, name))) for name in NAMES[:3]]
        for board in boards:
            board.live()
        await until(lambda: not any(board.peer.owed for board in boards))
        begun = await asyncio.to_thread(say, gateway, "start", str(bundle), "--soak-minutes", "0")
        assert begun.returncode == 0, begun.stderr
        again = await asyncio.to_thread(say, gateway, "start", str(bundle))
        assert again.returncode == 2
        assert "同类终端正在升级" in again.stderr

        canary, *others = boards
        await until(lambda: canary.peer.mail["command"])
        assert [board.peer.mail["command"] for board in others] == [[], []], "the canary has proved nothing yet"
        gateway.kill()
        await asyncio.to_thread(gateway.start)
        await until(centre.hears_a_listening_gateway)
        assert canary.obey() == ["update"]
        others[0].says = "签名不对 / the signature is not of one we trust"
        while not all(board.version == NEW for board in (canary, others[1])) or others[0].peer.mail["command"]:
            for board in boards:
                board.obey()
            await asyncio.sleep(0.05)
        await until(lambda: any(data["kind"] == "update_failed" for data in centre.incidents()))
        state, progress = await states(gateway)
        assert state == "paused"
        assert progress["fire-b"] == "refused"

        shown = await asyncio.to_thread(say, gateway, "status")
        assert "签名不对" in shown.stdout
        rollout = json.loads((await asyncio.to_thread(say, gateway, "status", "--json")).stdout)[0]["id"]
        assert (await asyncio.to_thread(say, gateway, "resume", rollout)).returncode == 2, "a reason is asked for"
        await asyncio.to_thread(say, gateway, "resume", rollout, "--reason", "fire-b 用工具箱重刷 / by hand")
        await until(lambda: centre.incidents()[-1]["condition"] == "cleared")
        ended = {"fire-a": "good", "fire-b": "refused", "fire-c": "good"}
        assert (await states(gateway))[1] == {**ended, "fire-d": "waiting"}

        sleeper = Board(await stack.enter_async_context(endpoint(mosquitto.port, "fire-d")))
        sleeper.live()
        await until(sleeper.obey)
        await until(lambda: sleeper.version == NEW)
        async with asyncio.timeout(20):
            while (found := await states(gateway))[0] != "done":
                await asyncio.sleep(0.2)
        assert found[1] == {**ended, "fire-d": "good"}


async def test_without_a_gateway(gateway: Process, bundle: Path) -> None:
    """A sentence and exit status 2, no trace."""
    told = await asyncio.to_thread(say, gateway, "start", str(bundle))
    assert told.returncode == 2
    assert "Traceback" not in told.stderr
    told = await asyncio.to_thread(say, gateway, "start", str(gateway.data / "none.gwb"))
    assert told.returncode == 2
    assert "升级包不可用" in told.stderr
