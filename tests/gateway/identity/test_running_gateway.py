"""The whole way with TLS and real logins: kit, site's broker, board, gateway, centre's broker."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from protocol import topics
from runtime.brokers import certificates, reload
from runtime.brokers.certificates import DAY_MS, SERVER_DAYS
from runtime.brokers.letter import FORM, Letter
from runtime.brokers.logins import Role
from runtime.clock import VARIABLE, Clock
from runtime.mqtt import Link, connected
from tests.firmware.conftest import PlugIn, plug_in, room  # noqa: F401 - fixtures
from tests.gateway.identity.test_desk import Office
from tests.gateway.peers import Cloud, until
from tests.gateway.site import Process
from tests.own_broker import OwnBroker, admit, centre_home

pytestmark = pytest.mark.mosquitto
NOW_MS = Clock().now_ms()
GATEWAY, SITE = "gw-chunfeng", "chunfeng"


class House:
    """A site with its broker and its kit, the centre's broker, and a gateway that is not started yet."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder)
        self.office.set_up()
        self.home = self.office.identity.home
        self.centre = OwnBroker(centre_home(folder / "centre"))
        admit(self.centre.home, GATEWAY, Role.GATEWAY, SITE, "of-the-centre")
        text = self.office.site.read_text("utf-8").replace("port = 8884", f"port = {self.home.setup().local_port}")
        self.office.site.write_text(text.replace("port = 1\n", f"port = {self.centre.port}\n"), "utf-8")
        (folder / "letter").write_bytes(self.letter().encoded())
        self.centre.start()
        code, said = self.office.call("join", str(folder / "letter"))
        assert 0 == code, said
        code, said = self.office.call("enrol", str(self.office.inventory("fire-1", "fire-2")))
        assert 0 == code, said
        self.broker = OwnBroker(self.home)
        self.broker.start()
        self.gateways = [Process(self.office.site, self.office.data, silence_ms=1)]

    def letter(self) -> Letter:
        """Of the centre."""
        ca, port = self.centre.home.ca.read_text(), self.centre.port
        return Letter(form=FORM, site=SITE, login=GATEWAY, password="of-the-centre", host="127.0.0.1", port=port, ca=ca)

    def close(self) -> None:
        """End everything that runs."""
        for process in self.gateways:
            process.kill()
        self.broker.stop()
        self.centre.stop()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Everything but the gateway runs."""
    one = House(tmp_path)
    yield one
    one.close()


@asynccontextmanager
async def listening_centre(broker: OwnBroker) -> AsyncIterator[Cloud]:
    """The service of the centre, with its own login."""
    peer, home = Cloud(), broker.home
    kinds = ("incident", "history", "status")
    link = Link(
        host="127.0.0.1",
        port=home.setup().local_port,
        client_id="cloud",
        subscriptions=tuple(topics.build(SITE, GATEWAY, kind) for kind in kinds),
        username="gridwhistle-cloud",
        password=home.own_password(),
        ca_file=str(home.ca),
    )
    async with connected(link, peer.handle) as connection:
        peer.link = connection
        await connection.wait_up()
        yield peer


def _of(centre: Cloud, kind: str) -> list[dict[str, Any]]:
    return [data for data in centre.incidents() if data["kind"] == kind]


def _rows(centre: Cloud, device: str) -> int:
    return sum(row["device"] == device for event in centre.events for row in event.data.get("rows", []))


async def test_from_the_kit_to_the_centre_and_out_again(house: House, plug_in: PlugIn) -> None:  # noqa: F811
    """A board with the kit's password reaches the centre; revoked it is out within a second and does not come back."""
    (gateway,) = house.gateways
    gateway.start()
    password = house.office.vault().password("fire-1")
    own = {"device": "fire-1", "username": "fire-1", "password": password, "ca_file": house.home.ca}
    async with listening_centre(house.centre) as centre:
        board = await plug_in(house.broker.port, Clock(), **own)
        await until(lambda: _rows(centre, "fire-1") >= 2, 30)
        rows = {"device": "fire-1", "state": "online"}.items()
        await until(lambda: [row for row in centre.statuses[-1].get("endpoints", []) if rows <= row.items()])

        ups = sum(line.startswith("link up") for line in board.console_tail)
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        code, said = await asyncio.to_thread(house.office.call, "revoke", "fire-1", "--reason", "stolen", site=False)
        assert 0 == code, said
        assert loop.time() - started_s < 2.0, "half of it is the start of the command line"
        await until(lambda: "Client fire-1 disconnected" in house.broker.log())
        await until(lambda: sum("not authorised" in line for line in house.broker.log().splitlines()) >= 2, 30)
        assert ups == sum(line.startswith("link up") for line in board.console_tail)


async def test_enrolled_while_everything_runs(house: House, plug_in: PlugIn) -> None:  # noqa: F811
    """A new board comes in without a restart of the broker or the gateway."""
    (gateway,) = house.gateways
    gateway.start()
    inventory = str(house.office.inventory("fire-1", "fire-2", "fire-3"))
    async with listening_centre(house.centre) as centre:
        code, said = await asyncio.to_thread(house.office.call, "enrol", inventory)
        assert 0 == code, said
        assert "the running gateway has taken it up" in said
        own = {"device": "fire-3", "username": "fire-3", "password": house.office.vault().password("fire-3")}
        await plug_in(house.broker.port, Clock(), **own, ca_file=house.home.ca)
        await until(lambda: _rows(centre, "fire-3") >= 1, 30)


async def test_the_gateway_itself_shuts_the_door(house: House, plug_in: PlugIn) -> None:  # noqa: F811
    """Where the broker cannot be told, the gateway takes nothing from a revoked board, and tells the centre why."""
    (gateway,) = house.gateways
    gateway.start()
    password = house.office.vault().password("fire-1")
    own = {"device": "fire-1", "username": "fire-1", "password": password, "ca_file": house.home.ca}
    async with listening_centre(house.centre) as centre:
        await plug_in(house.broker.port, Clock(), **own)
        await until(lambda: _rows(centre, "fire-1") >= 1, 30)
        Path(house.home.setup().pid_file).unlink()
        house.home.change(lambda roll: roll.revoke("fire-1", NOW_MS, "li", "stolen"))
        await until(lambda: centre.statuses[-1]["quarantine"]["by_reason"].get("revoked", 0) >= 2, 30)
        assert "not_taken" == reload.look(house.home).trouble


async def test_a_renewal_that_fails_reaches_the_centre(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an incident of the gateway; corrected, it clears by itself."""
    (gateway,) = house.gateways
    (house.home.path / "ca.key").rename(house.home.path / "elsewhere")
    later_ms = NOW_MS + (SERVER_DAYS - 20) * DAY_MS
    monkeypatch.setenv(VARIABLE, f"{NOW_MS}:{later_ms}:1")
    house.centre.home.renew(later_ms, force=True)  # the centre's own would end then, too
    reload.apply(house.centre.home)
    gateway.start()
    async with listening_centre(house.centre) as centre:
        await until(lambda: _of(centre, "certificate"))
        (told,) = _of(centre, "certificate")
        assert (GATEWAY, "minor", "active") == (told["device"], told["severity"], told["condition"])
        assert {"renewal_failed", "server_ends"} <= {signal["rule"] for signal in told["signals"]}
        (house.home.path / "elsewhere").rename(house.home.path / "ca.key")
        gateway.stop()
        before = house.home.server_facts().fingerprint
        gateway.start()
        await until(lambda: [d for d in _of(centre, "certificate") if d["condition"] == "cleared"])
        assert before != house.home.server_facts().fingerprint
        assert "" == reload.look(house.home).trouble


async def test_two_gateways_with_one_id_say_so(house: House, tmp_path: Path) -> None:
    """Each hears the other's word in its own name; the log says it in both languages, the centre gets an incident."""
    (first,) = house.gateways
    second_data = tmp_path / "copied" / "data"
    shutil.copytree(house.office.data, second_data)  # somebody copied the whole box
    second = Process(house.office.site, second_data)
    house.gateways.append(second)
    first.start()
    second.start()
    async with listening_centre(house.centre) as centre:
        await until(lambda: _of(centre, "gateway_fault"), 40)
        (signal,) = _of(centre, "gateway_fault")[0]["signals"]
        assert "same_id_twice" == signal["rule"]
    log = (house.office.data.parent / "gateway.log").read_text() + (second_data.parent / "gateway.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if '"same_id_twice"' in line]
    assert lines
    assert "另一台网关用了同一个编号" in lines[0]["zh"]


async def test_a_centre_of_another_authority_is_not_believed(house: House) -> None:
    """Somebody else in its place gets neither the login nor an incident."""
    (gateway,) = house.gateways
    stranger = certificates.make_authority("somebody", NOW_MS).certificate
    (house.home.path / "centre-ca.pem").write_bytes(stranger)
    logins = house.centre.log().count(f"u'{GATEWAY}'")
    gateway.start()
    log = house.office.data.parent / "gateway.log"
    await until(lambda: '"trouble": "certificate"' in log.read_text())
    assert logins == house.centre.log().count(f"u'{GATEWAY}'")
