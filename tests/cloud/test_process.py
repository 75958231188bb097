"""The real process behind a real broker: acknowledged means durable, kill -9 doubles and loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloud.app import open_centre
from cloud.history.series import DuckSeries
from cloud.settings import Settings
from cloud.workers.ears import hearing
from protocol import acks, topics
from runtime.clock import Clock
from runtime.mqtt import Connection, Link, connected
from simulators.keys import bearer
from tests.broker import Mosquitto
from tests.cloud import facts
from tests.cloud.conftest import START_MS

REPOSITORY = Path(__file__).parents[2]
RUN = "import sys; from cloud.app import main; sys.exit(main())"
WAIT_S = 20.0


@dataclass(slots=True)
class Process:
    """`gridwhistle cloud run` on files of the test."""

    folder: Path
    port: int
    url: str = ""
    running: subprocess.Popen[str] | None = None
    extra: dict[str, str] = field(default_factory=dict)
    clock: dict[str, str] = field(default_factory=dict)
    bearer: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Return once it serves."""
        with (self.folder / "cloud.log").open("a") as log:
            self.running = self.spawn(stderr=log)
        assert self.running.stdout is not None
        line = self.running.stdout.readline()
        assert line, (self.folder / "cloud.log").read_text()
        self.url = json.loads(line)["url"]

    def spawn(self, **more: Any) -> subprocess.Popen[str]:
        """The process itself."""
        settings = {"DATA_DIR": self.folder / "data", "BROKER_PORT": self.port, "HTTP_PORT": 0, **self.extra}
        environment = {
            **os.environ,
            **self.clock,
            **{f"GRIDWHISTLE_CLOUD_{name}": str(value) for name, value in settings.items()},
        }
        return subprocess.Popen(
            [sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY, **more
        )

    def end(self, number: signal.Signals) -> int:
        """Signal it and wait; its exit status."""
        assert self.running is not None
        self.running.send_signal(number)
        code = self.running.wait(10)
        assert self.running.stdout is not None
        self.running.stdout.close()
        self.running = None
        return code

    def get(self, path: str) -> Any:
        """JSON of the interface."""
        return httpx.get(self.url + path, timeout=10, headers=self.headers()).raise_for_status().json()

    def headers(self) -> dict[str, str]:
        """Of a program that may do everything here, once made."""
        if not self.bearer:
            extra = {name.lower(): value for name, value in self.extra.items() if name in ("DATABASE_URL",)}
            self.bearer = bearer(Settings(data_dir=self.folder / "data", **extra), Clock())  # type: ignore[arg-type]
        return self.bearer


@pytest.fixture
def process(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """A centre connected to the broker of the test."""
    process = Process(tmp_path, mosquitto.port)
    process.start()
    yield process
    if process.running is not None:
        assert process.end(signal.SIGTERM) == 0


@dataclass(slots=True)
class FakeGateway:
    """The outbox of a gateway: sends until the cloud itself has acknowledged."""

    connection: Connection
    owed: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    rejected: dict[str, str] = field(default_factory=dict)

    def owe(self, kind: str, payload: bytes) -> None:
        """Put a message into the outbox and send it."""
        topic = topics.build(facts.SITE, facts.GATEWAY, kind)
        self.owed[json.loads(payload)["id"]] = (topic, payload)
        self.connection.publish(topic, payload)

    def heard(self, payload: bytes) -> None:
        """An acknowledgement."""
        ids, rejected = acks.decode(payload)
        self.acknowledged |= set(ids)
        self.rejected |= dict(rejected)
        for message_id in (*ids, *self.rejected):
            self.owed.pop(message_id, None)

    async def settle(self, resend_s: float = 0.5) -> None:
        """Send what is owed again and again until nothing is."""
        async with asyncio.timeout(WAIT_S):
            while self.owed:
                await asyncio.sleep(resend_s)
                for topic, payload in list(self.owed.values()):
                    self.connection.publish(topic, payload)


@asynccontextmanager
async def gateway(port: int) -> AsyncIterator[FakeGateway]:
    """A gateway's side of the cloud broker."""

    async def handle(_topic: str, payload: bytes) -> None:
        fake.heard(payload)

    subscription = topics.build(facts.SITE, facts.GATEWAY, "ack")
    link = Link(host="127.0.0.1", port=port, client_id="gw-test", subscriptions=(subscription,))
    async with connected(link, handle) as connection:
        fake = FakeGateway(connection)
        async with asyncio.timeout(WAIT_S):
            await connection.wait_up()
        yield fake


async def ready(process: Process) -> None:
    """Until it hears the broker."""
    async with asyncio.timeout(WAIT_S), httpx.AsyncClient(headers=process.headers()) as client:
        while (await client.get(process.url + "/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


async def test_killed_again_and_again(process: Process) -> None:
    """SIGKILL during a stream of incidents and history: one incident per id, every row once, nothing missing."""
    await ready(process)
    async with gateway(process.port) as fake:
        for number in range(60):
            data = facts.incident(number, device=f"d{number}", kind="sensor_fault", severity="minor", at_ms=START_MS)
            fake.owe("incident", facts.event(number, data))
            fake.owe(
                "history",
                facts.history(1000 + number, facts.rows("fire-a", number * 50, 50, START_MS + number * 50_000)),
            )
            if number % 20 == 10:
                await asyncio.sleep(0.05)
                process.end(signal.SIGKILL)
                process.start()
                await ready(process)
        await fake.settle()
    board = process.get("/api/board")
    details = [process.get(f"/api/incidents/{row['id']}") for row in board["open"]]
    assert process.end(signal.SIGTERM) == 0
    series = DuckSeries(process.folder / "data" / "series.duckdb")
    times = [at_ms for at_ms, _ in series.window("fire-a", "smoke", 0, 1 << 52)]
    series.close()

    assert sorted(row["id"] for row in board["open"]) == sorted(facts.incident(n)["incident_id"] for n in range(60))
    assert {tuple(entry["what"] for entry in detail["log"]) for detail in details} == {("raised", "placed")}
    assert times == list(range(START_MS, START_MS + 3_000_000, 1000))


async def test_broken_messages_are_refused_with_a_reason_and_do_not_stop_the_others(process: Process) -> None:
    """Rejected in the acknowledgement, kept in quarantine, and the good ones beside them are stored."""
    await ready(process)
    bad = {
        "bad_severity": facts.event(1, facts.incident(1, severity="terrible")),
        "wrong_site": facts.event(2, facts.incident(2, site="elsewhere")),
        "wrong_kind": facts.event(3, facts.incident(3, kind="gateway_offline")),
        "too_long": facts.event(4, facts.incident(4, device="x" * 65)),
        "bad_text": facts.event(5, facts.incident(5, place="\ud800")),
        "bad_revision": facts.event(6, facts.incident(6, revision=0)),
        "wrong_type": facts.history(7, facts.rows("fire-a", 1, 1, START_MS)),
        "bad_raised_at_ms": facts.event(8, facts.incident(8, raised_at_ms=1 << 70)),
    }
    huge = facts.rows("fire-a", 1, 1, START_MS)
    huge[0]["seq"] = 1 << 70
    async with gateway(process.port) as fake:
        for payload in bad.values():
            fake.owe("incident", payload)
        fake.owe("history", facts.history(20, huge))
        fake.connection.publish(topics.build(facts.SITE, facts.GATEWAY, "incident"), b"[" * 50_000)
        fake.connection.publish(topics.build(facts.SITE, facts.GATEWAY, "status"), b"nonsense")
        fake.owe("incident", facts.event(30, facts.incident(30)))
        fake.owe("history", facts.history(31, facts.rows("fire-a", 2, 5, START_MS)))
        await fake.settle()
        reasons = set(fake.rejected.values())

    assert reasons == {*bad, "bad_seq"}
    assert len(fake.acknowledged) == 2
    assert [row["id"] for row in process.get("/api/board")["open"]] == [facts.incident(30)["incident_id"]]


async def test_a_page_hears_of_an_incident_at_once(process: Process) -> None:
    """From the broker to the open page within a second, over a real server."""
    await ready(process)
    incident_id = facts.incident(1)["incident_id"]
    loop = asyncio.get_running_loop()
    async with (
        gateway(process.port) as fake,
        httpx.AsyncClient(timeout=10, headers=process.headers()) as client,
        client.stream("GET", process.url + "/api/live") as page,
    ):
        lines = page.aiter_lines()
        while await anext(lines) != "event: board":
            pass
        sent_s = loop.time()
        fake.owe("incident", facts.event(1, facts.incident(1)))
        while await anext(lines) != f"event: incident:{incident_id}":
            pass
        took_s = loop.time() - sent_s

    assert took_s < 1.0


async def test_escalation_survives_kill_and_happens_once(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Killed while a timer waits, down when it is due: the district is called once, on the simulated clock."""
    clock = Clock.starting_now(speed=40.0)
    process = Process(tmp_path, mosquitto.port, clock=clock.to_env())
    process.start()
    await ready(process)
    async with gateway(process.port) as fake:
        fake.owe("incident", facts.event(1, facts.incident(1, severity="critical", at_ms=clock.now_ms())))
        await fake.settle(0.1)
    process.end(signal.SIGKILL)
    await asyncio.sleep(clock.real_s(60_000))
    process.start()
    detail = await _until(process, lambda board: "district" in board["open"][0]["tiers"] and board["open"][0])
    process.end(signal.SIGKILL)
    process.start()
    log = process.get(f"/api/incidents/{detail['id']}")["log"]
    assert process.end(signal.SIGTERM) == 0

    assert [entry["detail"]["tiers"] for entry in log if entry["what"] == "escalated"] == [["district"]]


async def test_readings_that_pile_up_in_the_broker_do_not_delay_a_whistle(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """Nobody stores history, more of it waits than a session may have in flight, and the fire is still on the board."""
    settings = Settings(data_dir=tmp_path, broker_port=mosquitto.port)
    with open_centre(settings, Clock()) as centre:
        listening = hearing(settings, centre.desk, centre.series, centre.crew.worker)
        async with listening as ears, gateway(mosquitto.port) as fake, asyncio.timeout(WAIT_S):
            for link in ears.links:
                await link.wait_up()
            for number in range(300):
                fake.owe("history", facts.history(number, facts.rows("fire-a", number, 1, START_MS)))
            while ears.intake.counters["history"] < 200:
                await asyncio.sleep(0.05)
            fake.owe("incident", facts.event(1000, facts.incident(1)))
            urgent = asyncio.create_task(ears.intake.run_urgent())
            while not centre.desk.board().open:
                await asyncio.sleep(0.05)
            urgent.cancel()
            await asyncio.gather(urgent, return_exceptions=True)


async def test_a_dead_gateway_is_one_incident(process: Process) -> None:
    """Its last will raises it, its return clears it."""
    await ready(process)
    topic = topics.build(facts.SITE, facts.GATEWAY, "status")
    async with gateway(process.port) as fake:
        fake.connection.publish(topic, json.dumps(facts.status(START_MS)).encode(), retain=True)
        fake.connection.publish(
            topic, b'{"state": "offline", "why": "last_will", "boot": 1, "at_ms": null}', retain=True
        )
        rows = await _until(process, lambda board: board["open"])
        fake.connection.publish(topic, json.dumps(facts.status(START_MS + 1)).encode(), retain=True)
        await _until(process, lambda board: board["open"][0]["condition"] == "cleared")

    assert [row["kind"] for row in rows] == ["gateway_offline"]


async def _until(process: Process, wanted: Any) -> Any:
    async with asyncio.timeout(WAIT_S), httpx.AsyncClient(headers=process.headers()) as client:
        while not (found := wanted((await client.get(process.url + "/api/board")).json())):
            await asyncio.sleep(0.05)
    return found


def test_mistakes_end_with_a_text_and_status_2(tmp_path: Path) -> None:
    """An open network, a typo in a setting, a broken configuration: said before anything starts."""
    (tmp_path / "dispatch.toml").write_text("placements = []")
    for name in ("areas", "roster", "departments"):
        sample = REPOSITORY / "cloud" / "config" / f"sample_{name}.toml"
        (tmp_path / f"{name}.toml").write_bytes(sample.read_bytes())
    for extra, says in (
        ({"HTTP_HOST": "0.0.0.0"}, "without TLS"),
        ({"HTTP_PROT": "1"}, "unknown setting GRIDWHISTLE_CLOUD_HTTP_PROT"),
        ({"CONFIG_DIR": str(tmp_path)}, "no placement for fire"),
    ):
        process = Process(tmp_path, 1, extra=extra).spawn(stderr=subprocess.PIPE)
        _, text = process.communicate(timeout=20)
        assert (process.returncode, says in text) == (2, True), text


def test_it_starts_without_a_broker_and_ends_cleanly(tmp_path: Path, free_port: int) -> None:
    """The console serves while the broker is away, says so, and SIGTERM ends it with status 0."""
    process = Process(tmp_path, free_port)
    process.start()
    answer = httpx.get(process.url + "/readyz")

    assert (answer.status_code, answer.json()["broker"]) == (503, False)
    made = [path for path in tmp_path.rglob("*") if path.suffix in (".db", ".duckdb", ".json")]
    assert [path for path in made if path.stat().st_mode & 0o077] == []  # hashes and names are for the centre alone
    assert made
    metrics = httpx.get(process.url + "/metrics", headers=process.headers()).text
    assert "gridwhistle_centre_broker_up 0.0" in metrics
    assert "gridwhistle_centre_other" not in metrics, "a number without a name of its own"
    assert process.end(signal.SIGTERM) == 0
