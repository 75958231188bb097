"""A person at the gateway updates an endpoint: one command, real gateway, real firmware, to the end of its trial."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import build, sign
from simulators.physics import calm
from simulators.stack import Room, Stack, StackSpec

pytestmark = [pytest.mark.mosquitto, pytest.mark.slow]

SPEED = 8.0
RUN = "import gridwhistle; gridwhistle.main()"


async def _command(stack: Stack, *words: str) -> tuple[int, list[dict[str, object]], str]:
    """Exit status, answers, and what it told the person."""
    env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(stack.spec.work_dir / "gateway")}
    site = str(stack.spec.work_dir / "site.toml")
    argv = [sys.executable, "-c", RUN, "gateway", "command", *words, "--site", site]
    process = await asyncio.create_subprocess_exec(
        *argv, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, [json.loads(line) for line in out.decode().splitlines()], err.decode()


async def test_an_endpoint_is_updated_by_one_command(tmp_path: Path) -> None:
    """Fetched, restarted, on trial, good; a bundle by another hand is refused, and no bundle at all is explained."""
    key, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    new, forged = tmp_path / "new.bundle", tmp_path / "forged.bundle"
    new.write_bytes(build.build("esp32_s3", "fire", (0, 2, 0), key))
    forged.write_bytes(build.build("esp32_s3", "fire", (0, 3, 0), stranger))
    keys = {"/update_keys.bin": sign.public_bytes(key)}
    room = Room(device="fire-a", place="Room A", physics=calm(), files=keys)
    spec = StackSpec(rooms=(room,), work_dir=tmp_path / "stack", speed=SPEED, broker="mosquitto")
    async with Stack(spec) as stack:
        await stack.wait_online()
        code, answers, _ = await _command(stack, "fire-a", "update", "--bundle", str(new))
        states = [answer.get("state") for answer in answers]
        assert (0, "good") == (code, states[-1]), answers
        assert "fetching" in states

        code, answers, _ = await _command(stack, "fire-a", "update", "--bundle", str(forged))
        assert (4, False) == (code, answers[-1]["ok"])

        code, answers, told = await _command(
            stack, "fire-a", "update", "--bundle", str(tmp_path / "stack" / "site.toml")
        )
        assert (2, []) == (code, answers)
        assert "not a bundle" in told

        code, answers, _ = await _command(stack, "fire-a", "log")
        assert code == 0
        assert answers[0]["lines"]
