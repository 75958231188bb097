"""What Home Assistant sees of a site: every channel found by itself, and never better than it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.home_assistant import discovery
from gateway.home_assistant.discovery import CHANNELS, config, config_topic
from gateway.site_file.home_assistant_section import HomeAssistant
from gateway.site_file.reader import SiteError
from gateway.site_file.site import Member, load
from protocol import status, topics
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.home_assistant.dashboard import SECTION, dashboard
from tests.gateway.peers import Endpoint, endpoint, until
from tests.gateway.site import GATEWAY, SITE, Process, sample, write_site

NOW_MS = Clock().now_ms()
CALM = {"smoke": 0.001, "temp": 21.5, "co": 1.0, "call_point": False, "escape_door": False}


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """For two endpoints and a dashboard."""
    site_file = write_site(tmp_path, mosquitto.port, ("fire-a", "fire-b"))
    site_file.write_text(site_file.read_text() + SECTION)
    process = Process(site_file, tmp_path / "data", silence_ms=5_000)
    yield process
    process.kill()


def live(peer: Endpoint, seq: int, **values: Any) -> None:
    """One sample of now."""
    peer.sample(seq, Clock().now_ms(), **(CALM | values))


async def test_a_site_is_shown_at_once_and_as_it_is(gateway: Process, mosquitto: Mosquitto) -> None:
    """Values, a fire, a channel that fails, an endpoint that goes, a gateway that dies."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire, dashboard(mosquitto.port) as home:
        await until(lambda: len(home.configs) == 2)
        assert home.shows("fire-b", "temp") == "unavailable", "it has never spoken"
        live(fire, 1)
        await until(lambda: home.shows("fire-a", "temp") == "21.5")
        assert (home.shows("fire-a", "escape_door"), home.shows("fire-a", "alarm")) == ("OFF", "OFF")
        assert home.shows("fire-a", "hydrant_pressure") == "unavailable", "it has no such sensor"
        live(fire, 2, call_point=True, escape_door=True)
        await until(lambda: home.shows("fire-a", "alarm") == "ON")
        assert home.shows("fire-a", "escape_door") == "ON"
        fire.send("readings", sample("fire-a", 3, NOW_MS - 3_600_000, late=True, **(CALM | {"temp": 99.0})))
        live(fire, 4, temp=1e6)
        await until(lambda: home.shows("fire-a", "temp") == "unavailable")
        assert home.shows("fire-a", "co") == "1.0"
        gone = status.encode({"state": "offline", "why": "last_will", "boot": 1, "at_ms": None})
        fire.send("status", gone)
        await until(lambda: home.shows("fire-a", "co") == "unavailable")
        live(fire, 5)
        await until(lambda: home.shows("fire-a", "co") == "1.0")
        gateway.kill()
        await until(lambda: home.shows("fire-a", "co") == "unavailable")


async def test_survives_16_a_restart_of_the_broker(gateway: Process, mosquitto: Mosquitto) -> None:
    """Everything is told anew to a broker that has forgotten it, and to a dashboard that has just started."""
    gateway.start()
    async with endpoint(mosquitto.port) as fire:
        async with dashboard(mosquitto.port) as home:
            await until(lambda: len(home.configs) == 2)
        mosquitto.kill()
        mosquitto.forget()
        mosquitto.start()
        async with dashboard(mosquitto.port) as home:
            await until(lambda: len(home.configs) == 2, 30)
            assert fire.link is not None
            await fire.link.wait_up()
            live(fire, 1)
            await until(lambda: home.shows("fire-a", "temp") == "21.5")
            described = home.described
            assert home.link is not None
            home.link.publish("homeassistant/status", b"online")
            await until(lambda: home.described >= described + 2)


async def test_no_ghosts(gateway: Process, mosquitto: Mosquitto, tmp_path: Path) -> None:
    """An endpoint that left the site file while the gateway was away leaves the dashboard, too."""
    gateway.start()
    async with dashboard(mosquitto.port) as home:
        await until(lambda: len(home.configs) == 2)
        await asyncio.to_thread(gateway.stop)
        site_file = write_site(tmp_path, mosquitto.port, ("fire-a",))
        site_file.write_text(site_file.read_text() + SECTION)
        await asyncio.to_thread(gateway.start)
        await until(lambda: len(home.configs) == 1)
        assert next(iter(home.configs.values()))["device"]["serial_number"] == "fire-a"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", list(CHANNELS))
def test_every_channel_of_every_kind(kind: str, language: str) -> None:
    """Each is an entity with a name of its own; ids are unique; a unit is one of Home Assistant's."""
    member = Member(device="dev-1", kind=kind, place="3号楼", grid="1")
    found = config(HomeAssistant(language=language), SITE, GATEWAY, member, "0.1.0")
    components = found["components"]
    assert set(components) == {*CHANNELS[kind], "alarm"}
    for key in ("name", "unique_id"):
        assert len({component[key] for component in components.values()}) == len(components)
    units = {component.get("unit_of_measurement") for component in components.values()}
    assert units <= {None, "°C", "ppm", "%", "kPa", "m⁻¹", "m/s", "m/s²", "°"}
    assert all(component["expire_after"] == 30 for component in components.values())


@given(st.text("ab._-", min_size=1, max_size=6), st.text("ab._-", min_size=1, max_size=6))
def test_two_names_never_become_one(one: str, other: str) -> None:
    """Discovery allows fewer characters than our ids."""
    settings = HomeAssistant()
    a, b = (config_topic(settings, SITE, name) for name in (one, other))
    assert (a == b) == (one == other)
    assert a.split("/")[2].replace("_", "").replace("-", "").isalnum()


@pytest.mark.parametrize(
    ("line", "said"), [('prefix = "a/#"', "prefix"), ('language = "de"', "language"), ("every_s = 0", "every_s")]
)
def test_the_section_is_checked(tmp_path: Path, line: str, said: str) -> None:
    """The field is named."""
    path = write_site(tmp_path, 1883)
    path.write_text(f"{path.read_text()}\n[home_assistant]\n{line}\n")
    with pytest.raises(SiteError, match=said):
        load(path)


def test_our_topics_stay_apart() -> None:
    """Nothing that is shown can be taken for something that an endpoint says."""
    for topic in (discovery.state_topic(SITE, "fire-a"), discovery.availability_topic(SITE)):
        assert not topic.startswith(topics.build(SITE, "fire-a", "status").split("/", maxsplit=1)[0] + "/")
