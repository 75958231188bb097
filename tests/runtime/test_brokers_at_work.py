"""A real mosquitto with the identity we make: what it refuses, whom it throws out, and how we know that it obeyed."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from protocol import filters, topics
from protocol import mqtt_packets as mqtt
from runtime.brokers import reload
from runtime.brokers.certificates import make_authority
from runtime.brokers.home import PROBE, BrokerHome
from runtime.brokers.logins import Role
from runtime.brokers.probe import ask
from tests.own_broker import NOW_MS, PASSWORD, OwnBroker, admit, centre_home, site_home
from tests.plain_client import PlainClient, code_of

pytestmark = pytest.mark.mosquitto
GATEWAY, SERVICE, SITE = "gw-chunfeng", "gridwhistle-cloud", "chunfeng"
# broker -> who sends, who hears, whose topics, and the kinds that may pass from the one to the other
WAYS = {
    "site": [
        ("fire-a", GATEWAY, "fire-a", filters.FROM_ENDPOINT),
        (GATEWAY, "fire-a", "fire-a", filters.TO_ENDPOINT),
        ("fire-a", "kit-li", "fire-a", ("status",)),
        ("fire-a", "board", "fire-a", ("readings", "status")),
        ("kit-li", GATEWAY, "fire-a", ()),
        ("board", GATEWAY, "fire-a", ()),
        ("fire-b", GATEWAY, "fire-a", ()),
        ("fire-a", "fire-b", "fire-a", ()),
        (GATEWAY, "fire-b", "fire-a", ()),
        (PROBE, GATEWAY, "fire-a", ()),
    ],
    "centre": [
        (GATEWAY, SERVICE, GATEWAY, filters.FROM_GATEWAY),
        (GATEWAY, GATEWAY, GATEWAY, ("status",)),
        (SERVICE, GATEWAY, GATEWAY, filters.TO_GATEWAY),
        ("gw-heping", SERVICE, GATEWAY, ()),
        (GATEWAY, "gw-heping", GATEWAY, ()),
        (SERVICE, "gw-heping", GATEWAY, ()),
    ],
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[OwnBroker]:
    """Two endpoints, the gateway, a technician, a dashboard."""
    home = site_home(tmp_path)
    for name, role in (("fire-a", Role.ENDPOINT), ("fire-b", Role.ENDPOINT)):
        admit(home, name, role)
    admit(home, "kit-li", Role.TECHNICIAN)
    admit(home, "board", Role.VIEWER)
    yield from _running(home)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[OwnBroker]:
    """Two gateways and the service."""
    home = centre_home(tmp_path)
    admit(home, GATEWAY, Role.GATEWAY, SITE)
    admit(home, "gw-heping", Role.GATEWAY, "heping")
    yield from _running(home)


def _running(home: BrokerHome) -> Iterator[OwnBroker]:
    broker = OwnBroker(home)
    broker.start()
    yield broker
    broker.stop()


def _password(home: BrokerHome, name: str) -> str:
    if name == PROBE:
        return home.probe_password()
    return home.own_password() if name == home.setup().owner else PASSWORD


def client(home: BrokerHome, name: str, *, local: bool = False, will: mqtt.Will | None = None) -> PlainClient:
    """Somebody with his own password, on the network's listener or on the local one."""
    setup = home.setup()
    port = setup.local_port if local else setup.port
    return PlainClient(port, home.ca, name, _password(home, name), f"local-{name}" if local else "", will)


def let_in(home: BrokerHome, name: str) -> int:
    """The broker's answer to somebody's own password, on the network."""
    return code_of(home.setup().port, home.ca, name, _password(home, name))


def _what_passes(home: BrokerHome, sender: str, hearer: str, device: str) -> set[str]:
    """The kinds of a device's topics that get from one to the other."""
    with client(home, hearer, local=True) as ear, client(home, sender) as mouth:
        for wanted in ("gw/1/#", "#", "$SYS/#"):
            ear.subscribe(wanted)
        ear.heard.clear()
        for kind in topics.KINDS:
            mouth.publish(topics.build(SITE, device, kind))
            mouth.publish(f"gw/1/elsewhere/{device}/{kind}")
        mouth.publish("$SYS/broker/uptime")
        mouth.publish("anything")
        heard = set(ear.topics())
    assert all(topic.startswith(f"gw/1/{SITE}/{device}/") for topic in heard), heard
    return {topics.parse(topic)[2] for topic in heard}


@pytest.mark.parametrize(("sender", "hearer", "device", "kinds"), WAYS["site"])
def test_at_a_site_each_hears_what_is_meant_for_it(
    site: OwnBroker, sender: str, hearer: str, device: str, kinds: tuple[str, ...]
) -> None:
    """Every other kind, device and site is dropped."""
    assert set(kinds) == _what_passes(site.home, sender, hearer, device)


@pytest.mark.parametrize(("sender", "hearer", "device", "kinds"), WAYS["centre"])
def test_at_the_centre_each_hears_what_is_meant_for_it(
    centre: OwnBroker, sender: str, hearer: str, device: str, kinds: tuple[str, ...]
) -> None:
    """The same between gateways and the service."""
    assert set(kinds) == _what_passes(centre.home, sender, hearer, device)


def test_dashboards_hear_what_is_discovered_and_cannot_say_it(site: OwnBroker) -> None:
    """The gateway tells dashboards what there is; endpoints, technicians and dashboards themselves cannot."""
    discovered, shown = "homeassistant/sensor/x/config", f"gridwhistle/{SITE}/fire-a/temp"
    with client(site.home, "board", local=True) as ear:
        ear.subscribe("#")
        for name in ("fire-a", "kit-li", "board", PROBE):
            with client(site.home, name) as mouth:
                for topic in (discovered, shown, f"gw/1/{SITE}/fire-b/command"):
                    mouth.publish(topic)
        assert [] == ear.topics()
        with client(site.home, GATEWAY) as mouth:
            mouth.publish(discovered)
            mouth.publish(shown)
            mouth.publish("gridwhistle/heping/fire-a/temp")
        assert [discovered, shown] == ear.topics()
    with client(site.home, GATEWAY, local=True) as ear, client(site.home, "board") as mouth:
        ear.subscribe("homeassistant/#")
        mouth.publish("homeassistant/status", b"online")
        assert ["homeassistant/status"] == ear.topics()


def test_a_last_will_in_anothers_name_is_never_spoken(site: OwnBroker) -> None:
    """An endpoint cannot have another one declared offline by dying; its own will is spoken, and retained ones too."""
    with client(site.home, GATEWAY, local=True) as ear:
        ear.subscribe(f"gw/1/{SITE}/+/status")
        for device in ("fire-b", "fire-a"):
            will = mqtt.Will(topics.build(SITE, device, "status"), b"offline")
            client(site.home, "fire-a", will=will).cut()
        end_s = time.monotonic() + 5
        while not ear.topics() and time.monotonic() < end_s:
            time.sleep(0.02)
        assert [f"gw/1/{SITE}/fire-a/status"] == ear.topics()
    with client(site.home, "fire-b") as mouth, client(site.home, "fire-a") as stranger:
        mouth.publish(topics.build(SITE, "fire-b", "status"), retain=True)
        stranger.subscribe(f"gw/1/{SITE}/fire-b/status")
        assert [] == stranger.topics()


def test_nobody_comes_in_without_a_name_a_password_and_tls(site: OwnBroker) -> None:
    """No login, a wrong password, no TLS, and nobody needs to trust a broker of another authority."""
    setup, ca = site.home.setup(), site.home.ca
    for port in (setup.port, setup.local_port):
        assert 5 == code_of(port, ca, "fire-a", None)
        for login, password in (("fire-a", "wrong"), ("fire-a", ""), ("nobody", PASSWORD), (GATEWAY, PASSWORD)):
            assert 5 == code_of(port, ca, login, password)
        with socket.create_connection(("127.0.0.1", port), 5) as plain, suppress(ConnectionResetError):
            plain.sendall(mqtt.connect("fire-a", 60, None, "fire-a", PASSWORD))
            assert not plain.recv(10).startswith(b"\x20")  # CONNACK
    stranger = make_authority("chunfeng", NOW_MS).certificate
    (site.home.path / "stranger.pem").write_bytes(stranger)
    answer = ask(("127.0.0.1", setup.port), site.home.path / "stranger.pem", "fire-a", PASSWORD)
    assert "certificate" == answer.trouble


def test_nobody_takes_over_anothers_session(site: OwnBroker) -> None:
    """On the network the login is the client id: who claims another's neither throws it out nor gets its mail."""
    setup, ca = site.home.setup(), site.home.ca
    with client(site.home, "fire-a") as victim:
        victim.subscribe(f"gw/1/{SITE}/fire-a/command")
        with PlainClient(setup.port, ca, "fire-b", PASSWORD, client_id="fire-a") as thief:
            assert 0 == thief.code
            with client(site.home, GATEWAY, local=True) as gateway:
                gateway.publish(f"gw/1/{SITE}/fire-a/command")
            assert [] == thief.topics()
            assert [f"gw/1/{SITE}/fire-a/command"] == victim.topics()


def test_a_revoked_endpoint_is_out_within_a_second_and_stays_out(site: OwnBroker) -> None:
    """Its connection ends; it cannot return, nor with another client id; the others never notice."""
    with client(site.home, "fire-a") as thief, client(site.home, "fire-b") as other:
        started_s = time.monotonic()
        site.home.change(lambda roll: roll.revoke("fire-a", NOW_MS, "li", "lost"))
        done = reload.apply(site.home)
        thief.wait_end()
        assert time.monotonic() - started_s < 1.0
        assert "" == done.trouble
        other.publish(topics.build(SITE, "fire-b", "readings"))
        setup = site.home.setup()
        assert [5, 5] == [code_of(p, site.home.ca, "fire-a", PASSWORD) for p in (setup.port, setup.local_port)]
    site.kill()
    site.start()  # from its own store, too
    assert 5 == let_in(site.home, "fire-a")


def test_an_enrolled_endpoint_comes_in_without_a_restart(site: OwnBroker) -> None:
    """And nobody is thrown out for it."""
    with client(site.home, "fire-b") as other:
        assert 5 == let_in(site.home, "fire-c")
        admit(site.home, "fire-c")
        assert "" == reload.apply(site.home).trouble
        assert 0 == let_in(site.home, "fire-c")
        other.publish(topics.build(SITE, "fire-b", "readings"))


def test_a_renewed_certificate_is_shown_without_a_restart(site: OwnBroker) -> None:
    """On both listeners, and whoever is connected stays."""
    with client(site.home, "fire-b") as other:
        assert site.home.renew(NOW_MS, force=True)
        assert "not_taken" == reload.look(site.home).trouble
        assert "" == reload.apply(site.home).trouble
        setup, wanted = site.home.setup(), site.home.server_facts().fingerprint
        for port in (setup.port, setup.local_port):
            answer = ask(("127.0.0.1", port), site.home.ca, PROBE, site.home.probe_password())
            assert wanted == answer.fingerprint
        other.publish(topics.build(SITE, "fire-b", "readings"))


def test_a_broker_that_nobody_can_tell_is_noticed(site: OwnBroker) -> None:
    """We may not signal it, and nothing else does: that is said, not assumed away."""
    pid_file = Path(site.home.setup().pid_file)
    pid = pid_file.read_text()
    pid_file.write_text(str(os.getpid()))  # a stale number: this process is no mosquitto, and lives on
    admit(site.home, "fire-c")
    assert "not_taken" == reload.apply(site.home, patience_s=0.3).trouble
    pid_file.write_text(pid)
    assert "" == reload.apply(site.home).trouble


def test_a_broker_that_is_away_or_another(site: OwnBroker, tmp_path: Path) -> None:
    """Each with its own code."""
    stranger = site_home(tmp_path / "stranger")
    setup = replace(site.home.setup(), pid_file="")
    stranger.set_up(setup, NOW_MS, "test")  # the same ports, another authority
    assert "certificate" == reload.look(stranger).trouble
    site.stop()
    assert "away" == reload.apply(site.home).trouble
    with socket.create_server(("127.0.0.1", setup.local_port)):  # takes connections and never answers
        assert "silent" == ask(("127.0.0.1", setup.local_port), site.home.ca, PROBE, "x", timeout_s=0.3).trouble
    site.start()
    assert set(reload.TEXTS) >= {"away", "not_taken", "certificate", "silent"}
