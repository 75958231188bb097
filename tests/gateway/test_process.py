"""The real process on a real broker: a fire's way through, and every way of being interrupted."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.schema import DATABASE
from protocol import commands, status
from runtime.clock import VARIABLE, Clock
from tests.broker import Mosquitto
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import REPOSITORY, RUN, Process, outbox, samples_in, write_site

NOW_MS = Clock().now_ms()


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A gateway for two endpoints, not yet started."""
    process = Process(write_site(tmp_path, mosquitto.port, ("fire-a", "fire-b")), tmp_path / "data", ack_timeout_ms=500)
    yield process
    process.kill()


async def test_a_fire_reaches_the_cloud_and_is_forgotten_on_its_word(gateway: Process, mosquitto: Mosquitto) -> None:
    """Breach to cloud on one incident; clock answered; an empty outbox in the end; a clean exit says so."""
    assert gateway.start()["ready"] is True
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        fire.send("clock", commands.encode_clock_request(3, 77))
        for second in range(20):
            fire.sample(second, NOW_MS + second * 1000, smoke=0.05 if second >= 10 else 0.0, temp=20.0)
        await until(lambda: centre.incidents() and not fire.owed)
        await until(lambda: samples_in(centre.events))
        assert len(set(samples_in(centre.events))) == 20
        assert [data["revision"] for data in centre.incidents()] == [1]
        command = commands.decode_command(fire.mail["command"][0])
        assert (command["boot"], command["ticks_ms"]) == (3, 77)
        assert abs(command["utc_ms"] - Clock().now_ms()) < 10_000
        await until(lambda: centre.statuses and centre.statuses[-1]["outbox"]["pending"] == 0, 12)
        state = centre.statuses[-1]
        assert [(e["device"], e["state"]) for e in state["endpoints"]] == [("fire-a", "online"), ("fire-b", "unknown")]
        assert state["endpoints"][0]["channels"] == {"smoke": "good", "temp": "good"}
        assert (await asyncio.to_thread(gateway.stop)) == 0
        await until(lambda: centre.statuses[-1]["state"] == "offline")
        assert centre.statuses[-1]["why"] == "clean_exit"
    assert outbox(gateway.data) == []


async def test_a_gateway_without_a_clock_tells_no_time(
    gateway: Process, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It woke up in 1970: an endpoint that believed it would send times which no gateway accepts."""
    monkeypatch.setenv(VARIABLE, f"{NOW_MS}:5000:1")
    gateway.start()
    async with endpoint(mosquitto.port) as fire:
        fire.send("clock", commands.encode_clock_request(3, 77))
        fire.sample(1, NOW_MS)
        await fire.deliver()
        assert fire.mail["command"] == []


async def test_without_the_endpoints_broker_the_centre_hears_of_it(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """The site's broker is gone, the cloud's stands: an incident comes, and every endpoint is unknown."""
    site_file = write_site(tmp_path, mosquitto.port)
    site_file.write_text(site_file.read_text().replace(f"port = {mosquitto.port}", "port = 1", 1))
    gateway = Process(site_file, tmp_path / "data", silence_ms=1)
    gateway.start()
    async with cloud(mosquitto.port) as centre:
        await until(centre.incidents)
        assert [(data["kind"], data["grid"]) for data in centre.incidents()] == [("site_link_down", "chunfeng")]
    gateway.stop()


async def test_the_last_will_says_offline(gateway: Process, mosquitto: Mosquitto) -> None:
    """After kill -9 the broker speaks for it; the next start contradicts at once."""
    gateway.start()
    async with cloud(mosquitto.port) as centre:
        await until(lambda: centre.statuses)
        gateway.kill()
        await until(lambda: centre.statuses[-1]["state"] == "offline")
        assert status.decode(json.dumps(centre.statuses[-1]).encode())["why"] == "last_will"
        gateway.start()
        await until(lambda: centre.statuses[-1]["state"] == "online")
        assert centre.statuses[-1]["boot"] == 2


async def test_killed_at_random_moments_nothing_is_lost_or_doubled(gateway: Process, mosquitto: Mosquitto) -> None:
    """400 samples with a fire, five kills: each sample once in history, one incident, revisions without a hole."""
    rand = random.Random(7)
    kills = sorted(rand.sample(range(20, 380), 5))
    gateway.start()
    async with endpoint(mosquitto.port) as fire:
        for seq in range(400):
            fire.sample(seq, NOW_MS + seq * 1000, smoke=0.05 if 100 <= seq < 300 else 0.0, temp=20.0)
            await asyncio.sleep(rand.random() * 0.01)
            if seq in kills:
                gateway.kill()
                await asyncio.to_thread(gateway.start)
        await fire.deliver()
        await until(lambda: len(samples_in(outbox(gateway.data))) >= 400)
    sent = outbox(gateway.data)
    fires = [event.data for event in sent if event.data.get("kind") == "fire"]

    assert sorted(samples_in(sent)) == [("fire-a", 1, seq) for seq in range(400)]
    assert [data["revision"] for data in fires] == [1, 2, 3]
    assert {data["incident_id"] for data in fires} == {fires[0]["incident_id"]}
    assert fires[-1]["cleared_at_ms"] == NOW_MS + 360_000


async def test_sent_again_until_the_cloud_itself_has_it(gateway: Process, mosquitto: Mosquitto) -> None:
    """The broker's acknowledgement counts for nothing; the same id comes again; a refusal goes to quarantine."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        centre.answering = False
        fire.sample(1, NOW_MS, call_point=True)
        await until(lambda: len(centre.incidents()) >= 3)
        assert len({event.id for event in centre.events if event.data.get("kind") == "fire"}) == 1
        assert any("incident_id" in event.data for event in outbox(gateway.data))
        centre.answering = True
        await until(lambda: not outbox(gateway.data))
        centre.refusing = True
        fire.sample(2, NOW_MS + 1000, call_point=True, temp=20.0)
        await until(lambda: centre.statuses[-1]["quarantine"]["by_reason"].get("cloud:no"), 12)
        assert not outbox(gateway.data)


async def test_works_without_any_broker_and_through_its_restart(gateway: Process, mosquitto: Mosquitto) -> None:
    """Started before the broker; the broker killed in the middle: samples and incidents arrive all the same."""
    mosquitto.kill()
    gateway.start()
    mosquitto.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        fire.sample(1, NOW_MS, smoke=0.0)
        await fire.deliver()
        mosquitto.kill()
        await asyncio.sleep(0.2)
        mosquitto.start()
        assert fire.link is not None
        assert centre.link is not None
        await until(lambda: fire.link.is_up and centre.link.is_up)
        fire.sample(2, NOW_MS + 1000, call_point=True)
        await fire.deliver()
        await until(centre.incidents)
        await until(lambda: len(set(samples_in(centre.events))) == 2)
        assert {data["kind"] for data in centre.incidents()} == {"fire"}


async def test_a_torn_database_is_reported_and_work_goes_on(gateway: Process, mosquitto: Mosquitto) -> None:
    """The file is set aside, a new one takes over, the status says so."""
    gateway.data.mkdir()
    (gateway.data / DATABASE).write_bytes(b"torn" * 5000)
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        fire.sample(1, NOW_MS, smoke=0.0)
        await fire.deliver()
        await until(lambda: centre.statuses)
        assert centre.statuses[-1]["databases_torn"] == 1
    assert (gateway.data / f"{DATABASE}.torn-1").read_bytes() == b"torn" * 5000


async def test_an_endpoint_falls_silent(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """One that stops talking is away after its silence, one that never spoke too; talking clears it."""
    site_file = write_site(tmp_path, mosquitto.port, ("fire-a", "fire-b"))
    gateway = Process(site_file, tmp_path / "data", silence_ms=1)  # the real patience of five seconds is the bound
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        fire.sample(1, NOW_MS, temp=20.0)
        await until(lambda: len(centre.incidents()) == 2)
        fire.sample(2, NOW_MS + 1000, temp=20.0)
        await until(lambda: len(centre.incidents()) == 3)
    gateway.stop()
    told = [(data["device"], data["condition"], data["revision"]) for data in centre.incidents()]
    assert sorted(told[:2]) == [("fire-a", "active", 1), ("fire-b", "active", 1)]
    assert told[2] == ("fire-a", "cleared", 2)


def test_two_gateways_on_one_folder_are_refused(gateway: Process, tmp_path: Path) -> None:
    """The second one says so and leaves the first alone."""
    gateway.start()
    env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(gateway.data)}
    command = [sys.executable, "-c", RUN, str(tmp_path / "site.toml")]
    done = subprocess.run(command, check=False, cwd=REPOSITORY, env=env, capture_output=True, text=True)

    assert done.returncode == 2
    assert "is in use by another gateway" in done.stderr


async def test_a_cloud_that_is_away_is_not_buried_in_repetitions(gateway: Process, mosquitto: Mosquitto) -> None:
    """Unanswered, one batch of history is tried, less and less often; all of it goes when the cloud is back."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire, cloud(mosquitto.port) as centre:
        await until(centre.hears_a_listening_gateway)
        centre.answering = False
        for seq in range(2_000):
            fire.sample(seq, NOW_MS + seq * 1000, temp=20.0)
            if seq % 50 == 0:
                await asyncio.sleep(0.01)
        await until(lambda: not fire.owed)
        await asyncio.sleep(4)
        tried = len(centre.events)
        await asyncio.sleep(2)
        assert len(centre.events) - tried <= 2
        centre.answering = True
        await until(lambda: len(set(samples_in(centre.events))) == 2_000)


def test_a_wrong_site_file_or_setting_is_exit_status_2(tmp_path: Path) -> None:
    """With the reason in both languages on standard error."""
    site_file = write_site(tmp_path, 1883)
    site_file.write_text("site = 7")
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(site_file)], check=False, cwd=REPOSITORY, capture_output=True, text=True
    )

    assert done.returncode == 2
    assert "网关未启动 / The gateway did not start" in done.stderr
    assert "gateway is missing; add it" in done.stderr
