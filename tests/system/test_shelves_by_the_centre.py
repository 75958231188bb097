"""The centre orders a shelf, the gateway puts it up, both die and come back, the centre shows what is true."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.broker import Mosquitto
from tests.cloud.test_process import Process as Cloud
from tests.gateway.site import Process, wait_for, write_site

pytestmark = pytest.mark.mosquitto
HERE = "/equipment/endpoints/fire-a"
LONG, SHORT = (f"01935000-2222-7000-8000-{number:012d}" for number in (1, 2))
SHORT_S = 12


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Process]:
    """One with one endpoint."""
    process = Process(write_site(tmp_path, mosquitto.port), tmp_path / "data-gateway", status_every_ms=500)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def centre(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Cloud]:
    """On the same broker."""
    process = Cloud(tmp_path, mosquitto.port)
    process.start()
    yield process
    if process.running is not None:
        process.end(signal.SIGKILL)


def shelve(centre: Cloud, order: str, hours: float) -> None:
    """The form of the page."""
    fields = {"order": order, "kind": "tamper", "hours": str(hours), "reason": "换外壳"}
    answer = httpx.post(f"{centre.url}{HERE}/shelve", data=fields, headers=centre.headers(), timeout=20)
    assert answer.status_code == 303, answer.text


def states(centre: Cloud) -> set[str]:
    """What the page says of the orders."""
    answer = httpx.get(centre.url + HERE, headers=centre.headers(), timeout=20)
    return set(re.findall(r'data-state="(\w+)"', answer.text.split('id="shelves"')[-1]))


def is_there(centre: Cloud) -> bool:
    """True once the gateway's status has arrived, with its endpoint and the limits of its rules."""
    answer = httpx.get(centre.url + "/equipment/gateways/gw-chunfeng", headers=centre.headers(), timeout=20)
    return answer.status_code == 200 and "57 °C" in answer.text and "fire-a" in answer.text


def test_a_shelf_from_order_to_end(gateway: Process, centre: Cloud) -> None:
    """Not before the gateway is back; not forgotten by anybody who is killed; taken back, and over by time."""
    wait_for(lambda: is_there(centre), 30)
    gateway.kill()
    shelve(centre, LONG, 2)
    assert states(centre) == {"ordered"}
    gateway.start()
    wait_for(lambda: states(centre) == {"in_force"}, 30)

    gateway.kill()
    centre.end(signal.SIGKILL)
    centre.start()
    gateway.start()
    shelve(centre, SHORT, SHORT_S / 3600)
    wait_for(lambda: states(centre) == {"in_force"}, 30)
    httpx.post(f"{centre.url}{HERE}/orders/{LONG}/take-back", headers=centre.headers(), timeout=20)
    wait_for(lambda: states(centre) == {"taken_back", "ended"}, 40)
