"""The real process, a real broker, real receivers: killed while a service is down, it tells everybody all the same."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.receivers import HttpReceiver, http_receiver
from tests.cloud.test_process import Process, gateway, ready

WAIT_S = 60.0


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """A service, and another system."""
    with http_receiver() as receiver:
        yield receiver


async def until(true: Callable[[], Any]) -> None:
    """Wait for it."""
    async with asyncio.timeout(WAIT_S):
        while not true():
            await asyncio.sleep(0.05)


def at(receiver: HttpReceiver, path: str) -> list[Any]:
    """What came to one address."""
    return [json.loads(body) for where, _, body in receiver.got if where == path]


async def test_killed_while_the_service_is_down(tmp_path: Path, mosquitto: Mosquitto, receiver: HttpReceiver) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "notices.toml").write_text(
        f'[channels.group]\nurl = "json://{receiver.url}/group"\ntimeout_s = 2\n'
        '[[rules]]\nchannels = ["group"]\n[policy]\nfirst_s = 1\n'
    )
    (data / "notices.toml").chmod(0o600)
    process = Process(tmp_path, mosquitto.port, extra={"WEBHOOK_NETWORKS": "127.0.0.1/32"})
    process.start()
    try:
        await ready(process)
        hook = {"name": "other", "url": f"http://{receiver.url}/hook"}
        made = httpx.post(process.url + "/api/webhooks", json=hook, headers=process.headers(), timeout=10)
        assert made.status_code == 201, made.text
        receiver.answers = [503]
        incident_id = facts.incident(1)["incident_id"]
        async with gateway(mosquitto.port) as fake:
            fake.owe("incident", facts.event(1, facts.incident(1, severity="critical")))
            await fake.settle()
        await until(lambda: at(receiver, "/group") and at(receiver, "/hook"))
        process.end(signal.SIGKILL)
        receiver.answers = [200]
        process.start()
        await until(lambda: _states(process, incident_id) == {"sent"})
        await until(lambda: process.get("/api/webhooks")[0]["behind"] == 0)
        shown = process.get("/readyz")["notices"]
    finally:
        if process.running is not None:
            process.end(signal.SIGTERM)

    assert {one["title"] for one in at(receiver, "/group")} == {"【确认火警】Room A"}
    assert at(receiver, "/hook")[-1][0]["subject"] == incident_id
    assert "group" not in shown, "nothing waits, nothing has failed"
    assert f"{receiver.url}/group" not in (tmp_path / "cloud.log").read_text(), "no URL in the log"


def _states(process: Process, incident_id: str) -> set[str]:
    rows = process.get(f"/api/notices?incident_id={incident_id}&channel=group")
    return {row["state"] for row in rows}
