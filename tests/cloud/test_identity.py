"""The centre's broker: a gateway gets its login by a letter, expelled it is out; certificates renew."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gridwhistle
from cloud.identity import keeper
from cloud.identity.desk import SERVICE
from cloud.settings import Settings
from protocol import acks, topics
from runtime.brokers import letter, reload
from runtime.brokers.certificates import DAY_MS, SERVER_DAYS
from runtime.brokers.desk import DONE, REFUSED
from runtime.brokers.home import BrokerHome
from simulators.brokers import free_port
from tests.cloud import facts
from tests.cloud.test_process import Process, ready
from tests.own_broker import NOW_MS, OwnBroker
from tests.plain_client import PlainClient, code_of

GATEWAY, SITE = "gw-chunfeng", "chunfeng"


class Office:
    """The data folder of a centre and its command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.home = BrokerHome(self.data / "identity")
        ports = ("--port", str(free_port()), "--local-port", str(free_port()))
        code, said = self.call("broker-setup", "--name", "127.0.0.1", *ports, "--user", folder.owner())
        assert DONE == code, said

    def call(self, *words: str) -> tuple[int, str]:
        """Exit code and everything said of `gridwhistle cloud …`."""
        done = CliRunner().invoke(gridwhistle.app, ["cloud", *words, "--data-dir", str(self.data)])
        return done.exit_code, done.output

    def admit(self, name: str = "letter", *more: str) -> tuple[int, str]:
        """A letter for the gateway."""
        return self.call("admit", GATEWAY, "--site", SITE, "--letter", str(self.folder / name), *more)

    def letter(self, name: str = "letter") -> letter.Letter:
        """As the gateway reads it."""
        return letter.decode((self.folder / name).read_bytes())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Set up."""
    return Office(tmp_path)


@pytest.fixture
def broker(office: Office) -> Iterator[OwnBroker]:
    """Its broker, running."""
    one = OwnBroker(office.home)
    one.start()
    yield one
    one.stop()


@pytest.mark.mosquitto
def test_admitted_and_expelled(office: Office, broker: OwnBroker) -> None:
    """A letter opens, once; the old one ends with a new one; expelled the gateway is out, and its letter with it."""
    assert DONE == office.admit()[0]
    first, ca = office.letter(), office.home.ca
    assert (SITE, GATEWAY, "127.0.0.1", broker.port) == (first.site, first.login, first.host, first.port)
    assert 0o600 == (office.folder / "letter").stat().st_mode & 0o777
    assert 0 == code_of(broker.port, ca, GATEWAY, first.password)

    code, said = office.admit("second")
    assert (REFUSED, False) == (code, (office.folder / "second").exists())
    assert "--again" in said
    assert DONE == office.admit("second", "--again")[0]
    second = office.letter("second")
    assert [5, 0] == [code_of(broker.port, ca, GATEWAY, one.password) for one in (first, second)]

    with PlainClient(broker.port, ca, GATEWAY, second.password) as gateway:
        code, said = office.call("expel", GATEWAY, "--reason", "replaced")
        assert DONE == code, said
        gateway.wait_end()
    assert 5 == code_of(broker.port, ca, GATEWAY, second.password)
    rows = json.loads(office.call("gateways", "--json")[1])
    assert [(GATEWAY, "revoked", "replaced")] == [(r["name"], r["state"], r["reason"]) for r in rows if r["reason"]]
    assert SERVICE in office.call("gateways")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["expel", "nobody", "--reason", "x"], "there is no such login"),
        (["expel", SERVICE, "--reason", "x"], "is our own login"),
        (["expel", GATEWAY, "--reason", ""], "say why"),
        (["admit", "a/b", "--site", SITE, "--letter", "L"], "letters, digits"),
        (["admit", SERVICE, "--site", SITE, "--letter", "L", "--again"], "choose another name"),
        (["admit", GATEWAY, "--site", SITE, "--letter", "setup.json"], "is there already"),
    ],
)
def test_what_is_refused_changes_nothing(office: Office, words: list[str], said: str) -> None:
    """With the reason, on the way to exit status 2."""
    before = office.home.logins_file.read_bytes()
    places = {"L": str(office.folder / "L"), "setup.json": str(office.home.path / "setup.json")}
    code, output = office.call(*[places.get(word, word) for word in words])
    assert REFUSED == code
    assert said in output
    assert before == office.home.logins_file.read_bytes()
    assert not (office.folder / "L").exists()


@pytest.mark.mosquitto
def test_the_certificate_renews_by_itself(office: Office, broker: OwnBroker) -> None:
    """In time, and the broker follows; where it cannot, that is said; a clock that was never set judges nothing."""
    before = office.home.server_facts().fingerprint
    assert "" == keeper.look_after(office.home, 1000)
    assert "" == keeper.look_after(office.home, NOW_MS)
    assert before == office.home.server_facts().fingerprint
    assert "" == keeper.look_after(office.home, NOW_MS + (SERVER_DAYS + 100) * DAY_MS)
    assert before != office.home.server_facts().fingerprint
    assert "" == reload.look(office.home).trouble
    (office.home.path / "ca.key").unlink()
    assert "identity_damaged" == keeper.look_after(office.home, NOW_MS + (SERVER_DAYS * 2) * DAY_MS)


def test_settings_of_a_person_go_first(office: Office) -> None:
    """A login in the settings is used; a damaged identity is no reason not to start."""
    own = keeper.with_login(Settings(data_dir=office.data))
    assert (SERVICE, str(office.home.ca)) == (own.broker_username, own.broker_ca_file)
    given = Settings(data_dir=office.data, broker_username="x", broker_password="y")
    assert given == keeper.with_login(given)
    (office.home.path / "setup.json").write_text("{")
    assert keeper.with_login(Settings(data_dir=office.data)).broker_username is None
    assert Settings() == keeper.with_login(Settings())


@pytest.mark.mosquitto
async def test_the_real_centre_hears_a_gateway_over_tls(office: Office, broker: OwnBroker) -> None:
    """Without a password in any setting, on the loopback listener with two sessions of one login."""
    office.admit()
    process = Process(office.folder, office.home.setup().local_port)
    await asyncio.to_thread(process.start)
    try:
        await ready(process)
        one = office.letter()
        with PlainClient(broker.port, office.home.ca, GATEWAY, one.password) as gateway:
            gateway.subscribe(topics.build(SITE, GATEWAY, "ack"))
            payload = facts.event(1, facts.incident(1))
            gateway.publish(topics.build(SITE, GATEWAY, "incident"), payload)
            async with asyncio.timeout(20):
                while not await asyncio.to_thread(gateway.topics):
                    await asyncio.sleep(0.05)
            assert [json.loads(payload)["id"]] == acks.decode(gateway.heard[0].payload)[0]
    finally:
        assert 0 == await asyncio.to_thread(process.end, signal.SIGTERM)
