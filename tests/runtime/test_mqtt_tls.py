"""The connection over TLS: why it does not stand is a code; whom it trusts and as whom it comes are files."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.brokers import certificates, reload
from runtime.brokers.certificates import Pair
from runtime.brokers.home import BrokerHome
from runtime.brokers.probe import ask
from runtime.mqtt import Link, connected
from simulators.brokers import free_port
from tests.own_broker import NOW_MS, PASSWORD, OwnBroker, admit, site_home

pytestmark = pytest.mark.mosquitto


class Demanding(OwnBroker):
    """Its local listener wants a certificate of its own authority from every client."""

    def configuration(self) -> str:
        """The local listener is the last one."""
        written = (self.home.broker / "mosquitto.conf").read_text()
        return written + f"cafile {self.home.ca}\nrequire_certificate true\n"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    """With one endpoint."""
    home = site_home(tmp_path)
    admit(home, "fire-a")
    one = Demanding(home)
    one.start()
    yield one
    one.stop()


def _link(home: BrokerHome) -> Link:
    ca = str(home.ca)
    login = {"client_id": "fire-a", "username": "fire-a", "password": PASSWORD}
    return Link(host="127.0.0.1", port=home.setup().port, subscriptions=(), ca_file=ca, clean=True, **login)


async def _ignore(_topic: str, _payload: bytes) -> None:
    """Nothing is sent to it."""


async def _trouble(link: Link) -> str:
    async with connected(link, _ignore) as connection, asyncio.timeout(10):
        while not connection.trouble and not connection.is_up:
            await asyncio.sleep(0.01)
        return connection.trouble


async def test_why_there_is_no_connection(broker: OwnBroker, tmp_path: Path) -> None:
    """A wrong login, a broker of another authority, no broker, and all is well."""
    good = _link(broker.home)
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(certificates.make_authority("x", NOW_MS).certificate)

    assert "" == await _trouble(good)
    assert "login" == await _trouble(replace(good, password="wrong"))
    assert "certificate" == await _trouble(replace(good, ca_file=str(stranger)))
    assert "away" == await _trouble(replace(good, port=free_port()))
    assert "away" == await _trouble(replace(good, ca_file=str(tmp_path / "nowhere.pem")))


async def test_what_the_broker_showed_is_known(broker: OwnBroker) -> None:
    """After a renewal and a new connection it is the new one."""
    async with connected(_link(broker.home), _ignore) as connection, asyncio.timeout(10):
        await connection.wait_up()
        assert broker.home.server_facts().fingerprint == hashlib.sha256(connection.peer_certificate).hexdigest()
        broker.home.renew(NOW_MS, force=True)
        await asyncio.to_thread(reload.apply, broker.home, 1.0)
        connection.drop()
        while connection.connects < 2:
            await asyncio.sleep(0.01)
        assert broker.home.server_facts().fingerprint == hashlib.sha256(connection.peer_certificate).hexdigest()


async def test_a_revoked_login_ends_a_standing_connection(broker: OwnBroker) -> None:
    """And what follows says why: the login, not the network."""
    async with connected(_link(broker.home), _ignore) as connection, asyncio.timeout(10):
        await connection.wait_up()
        broker.home.change(lambda roll: roll.revoke("fire-a", NOW_MS, "li", "lost"))
        await asyncio.to_thread(reload.tell, Path(broker.home.setup().pid_file))
        while connection.trouble != "login":
            await asyncio.sleep(0.01)


async def test_a_certificate_of_our_own(broker: OwnBroker, tmp_path: Path) -> None:
    """A broker that wants one lets in who shows one, and nobody else."""
    home = broker.home
    authority = Pair(certificate=home.ca.read_bytes(), key=(home.path / "ca.key").read_bytes())
    own = certificates.issue(authority, ("fire-a",), NOW_MS, client=True)
    (tmp_path / "own.pem").write_bytes(own.certificate)
    (tmp_path / "own.key").write_bytes(own.key)
    local = ("127.0.0.1", home.setup().local_port)
    with_one = replace(
        _link(home), port=local[1], cert_file=str(tmp_path / "own.pem"), key_file=str(tmp_path / "own.key")
    )

    assert "" == await _trouble(with_one)
    answer = await asyncio.to_thread(ask, local, home.ca, "fire-a", PASSWORD)
    assert answer.trouble in ("certificate", "away")  # TLS 1.3 says so after the handshake, by a closed door


async def test_a_goodbye_in_the_middle_of_mail_is_no_error(broker: OwnBroker) -> None:
    """The broker had more to say when we closed: TLS calls that an error, a clean exit is one all the same."""
    topic = "gw/1/chunfeng/fire-a/ack"
    owner = broker.home.setup().owner
    sender = replace(_link(broker.home), client_id=owner, username=owner, password=broker.home.own_password())
    async with connected(sender, _ignore) as mouth, asyncio.timeout(20):
        await mouth.wait_up()
        for _ in range(5):
            heard = asyncio.Event()

            async def hear(_topic: str, _payload: bytes, heard: asyncio.Event = heard) -> None:
                heard.set()

            async with connected(replace(_link(broker.home), subscriptions=(topic,)), hear) as ear:
                await ear.wait_up()
                for _ in range(300):
                    mouth.publish(topic, b"x" * 200)
                await heard.wait()
                await ear.close()
