"""Health, metrics and page of a real gateway process over HTTP."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.ops import web
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.ops.manager import Listener
from tests.gateway.ops.test_watch import Hangable
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import write_site

pytestmark = pytest.mark.mosquitto


class Served(Hangable):
    """A gateway process with its page."""

    def __init__(self, site_file: Path, data: Path, manager: Listener, port: int) -> None:
        super().__init__(site_file, data, manager)
        self.env |= {"GRIDWHISTLE_GATEWAY_HTTP_PORT": str(port), "GRIDWHISTLE_GATEWAY_HISTORY_BATCH_MS": "200"}
        self._url = f"http://127.0.0.1:{port}"

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """One page."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(self._url + path, headers=headers, timeout=10)

    async def code(self, path: str) -> int:
        """Its status; 0 where nobody answers yet."""
        try:
            return (await self.get(path)).status_code
        except httpx.TransportError:
            return 0

    async def wait_for(self, path: str, code: int) -> httpx.Response:
        """The page once it has this status."""
        async with asyncio.timeout(20):
            while await self.code(path) != code:
                await asyncio.sleep(0.1)
        return await self.get(path)


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto, free_port: int) -> Iterator[Served]:
    """Not yet started."""
    manager = Listener()
    site = write_site(tmp_path, mosquitto.port, ("fire-a", "fire-b"))
    process = Served(site, tmp_path / "data", manager, free_port)
    yield process
    process.kill()
    manager.close()


async def _samples(gateway: Served) -> dict[tuple[str, tuple[str, ...]], float]:
    text = (await gateway.get("/metrics")).text
    return {
        (sample.name.removeprefix("gridwhistle_gateway_"), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_count_what_came_was_refused_is_owed_and_how_long_each_hop_took(
    gateway: Served, mosquitto: Mosquitto
) -> None:
    """A sample, a broken one, a fault, and a cloud that acknowledges after a while."""
    await asyncio.to_thread(gateway.start)
    await gateway.wait_for("/readyz", 200)
    async with endpoint(mosquitto.port) as fire:
        for seq in range(20):
            fire.sample(seq, Clock().now_ms(), temp=20.0)
        fire.send("readings", b"no json")
        await until(lambda: not fire.owed)

        async def owed() -> bool:
            seen = await _samples(gateway)
            return bool(seen[("outbox_messages", ())]) and seen[("received_total", ("readings",))] == 21

        async with asyncio.timeout(15):
            while not await owed():
                await asyncio.sleep(0.2)
        seen = await _samples(gateway)
        assert seen[("rejected_total", ("not_json",))] == 1
        assert seen[("outbox_bytes", ())] > 0
        assert seen[("endpoints", ("online",))] == 1
        assert seen[("endpoints", ("unknown",))] == 1
        assert seen[("ready", ())] == 1
        assert seen[("hop_seconds_count", ("gateway_to_commit",))] == 20
        assert seen[("hop_seconds_count", ("endpoint_to_gateway",))] == 20
        assert seen[("hop_seconds_bucket", ("gateway_to_commit", "+Inf"))] == 20
        assert seen[("hop_seconds_count", ("sent_to_acknowledged_history",))] == 0
        async with cloud(mosquitto.port):
            async with asyncio.timeout(20):
                while (seen := await _samples(gateway))[("outbox_messages", ())]:
                    await asyncio.sleep(0.2)
        assert seen[("hop_seconds_count", ("sent_to_acknowledged_history",))] >= 1
        assert seen[("counted_total", ("acknowledged",))] >= 1


async def test_readiness_follows_the_link_to_the_endpoints_not_to_the_centre(
    gateway: Served, mosquitto: Mosquitto
) -> None:
    """The broker goes away and comes back; `/healthz` stays well all the time: a restart would help nobody."""
    await asyncio.to_thread(gateway.start)
    await gateway.wait_for("/readyz", 200)
    mosquitto.kill()
    said = (await gateway.wait_for("/readyz", 503)).json()
    assert (said["site_link"], said["commit"]) == ("down", "good")
    assert await gateway.code("/healthz") == 200
    assert "systemctl status gridwhistle-broker@gateway" in (await gateway.get("/?lang=zh")).text
    mosquitto.start()
    await gateway.wait_for("/readyz", 200)


async def test_a_stuck_writer_is_told_while_nothing_else_answers(gateway: Served) -> None:
    """Health and page do not hang with the database; the page says that its figures are old."""
    await asyncio.to_thread(gateway.start)
    await gateway.wait_for("/readyz", 200)
    gateway.signal(signal.SIGUSR1)

    said = (await gateway.wait_for("/healthz", 503)).json()
    assert said["complaints"] == ["writer stuck"]
    assert (await gateway.get("/readyz")).json()["database"] == "silent"
    page = (await gateway.get("/", **{"Accept-Language": "en-GB,en;q=0.9"})).text
    assert "the database does not answer" in page
    assert "does not work: writer stuck" in page


async def test_the_page_only_reads_and_lets_nothing_in(gateway: Served, mosquitto: Mosquitto) -> None:
    """No method but GET, no script, names from outside are text."""
    await asyncio.to_thread(gateway.start)
    response = await gateway.wait_for("/", 200)
    assert "script" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"{gateway._url}/")).status_code == 405
    assert await gateway.code("/../../etc/passwd") == 404
    async with endpoint(mosquitto.port) as fire:
        fire.send("readings", b"<script>alert(1)</script>")
        async with asyncio.timeout(15):
            while "not_json" not in (await gateway.get("/")).text:
                await asyncio.sleep(0.2)
    status: dict[str, Any] = (await gateway.get("/status.json")).json()
    assert {row["device"] for row in status["durable"]["endpoints"]} == {"fire-a", "fire-b"}
    assert any(found["code"] == "quarantine_some" and found["level"] == "warning" for found in status["findings"])


async def test_a_connection_in_clear_is_said_in_the_log_and_on_the_page(gateway: Served) -> None:
    """Sites without TLS exist on purpose: it works, says so once a start, and goes on saying so where people look."""
    path = gateway._site_file
    head, tail = path.read_text().split("[cloud_broker]")
    path.write_text(f"{head}[cloud_broker]{tail.replace('127.0.0.1', '192.0.2.1')}")
    await asyncio.to_thread(gateway.start)
    status = (await gateway.wait_for("/readyz", 200), await gateway.get("/status.json"))[1].json()

    (found,) = [found for found in status["findings"] if found["code"] == "broker_clear"]
    assert (found["level"], found["facts"]) == ("bad", {"address": status["in_clear"][0]})
    assert status["in_clear"][0].startswith("192.0.2.1:")  # and not that of the site, which is on this box
    (line,) = [line for line in gateway.log().splitlines() if "broker_in_clear" in line]
    assert "没有加密" in line
    assert "is in clear" in line
    assert "is in clear" in (await gateway.get("/?lang=en")).text
    assert "没有加密" in (await gateway.get("/?lang=zh")).text


async def test_who_only_holds_connections_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    """More than the limit are closed at once, the others before long; then the page answers as ever."""
    monkeypatch.setattr(web, "CONNECTION_S", 0.3)
    stop = asyncio.Event()
    with web.listen("127.0.0.1", free_port) as listener:
        looking: Any = None
        serving = asyncio.create_task(web.serve(web.create_app(looking, list), listener, stop))
        held = [await asyncio.open_connection("127.0.0.1", free_port) for _ in range(3 * web.BUSY_AT)]
        async with asyncio.timeout(10):
            for reader, _ in held:
                with suppress(ConnectionError):
                    assert await reader.read() == b""
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{free_port}/healthz")).status_code == 200
        for _, writer in held:
            writer.close()
        stop.set()
        await serving


async def test_a_port_that_is_taken_stops_nothing(gateway: Served, free_port: int) -> None:
    """The gateway judges without its page, says so once, and tries again."""
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        await asyncio.to_thread(gateway.start)
        await until(lambda: "http_not_served" in gateway.log())
        assert await asyncio.to_thread(gateway.stop) == 0
