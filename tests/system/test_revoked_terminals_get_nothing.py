"""Failure 17: a terminal that was revoked gets nothing, neither what comes now nor what waited for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol import topics
from runtime.brokers import reload
from tests.own_broker import NOW_MS, PASSWORD, OwnBroker, admit, site_home
from tests.plain_client import PlainClient, code_of

pytestmark = pytest.mark.mosquitto
GATEWAY, SITE, TERMINAL = "gw-chunfeng", "chunfeng", "hand-1"
TASK = topics.build(SITE, TERMINAL, "task")


def test_revoked_terminals_get_nothing(tmp_path: Path) -> None:
    """Connected it is thrown out before the next task; away it finds a closed door before the task that waited."""
    home = site_home(tmp_path)
    admit(home, TERMINAL)
    broker = OwnBroker(home)
    broker.start()
    try:
        setup = home.setup()

        def terminal() -> PlainClient:
            return PlainClient(setup.port, home.ca, TERMINAL, PASSWORD, clean=False)

        with PlainClient(setup.local_port, home.ca, GATEWAY, home.own_password()) as gateway:
            with terminal() as connected:
                connected.subscribe(TASK)
                gateway.publish(TASK, b"1")
                assert [TASK] == connected.topics()
            gateway.publish(TASK, b"2")  # it is away, this one waits for it
            with terminal() as again:
                again.topics()
                assert [b"2"] == [packet.payload for packet in again.heard]
                home.change(lambda roll: roll.revoke(TERMINAL, NOW_MS, "li", "lost"))
                assert "" == reload.apply(home).trouble
                gateway.publish(TASK, b"3")
                again.wait_end()
                assert [b"2"] == [packet.payload for packet in again.heard]
            gateway.publish(TASK, b"4")
        for port in (setup.port, setup.local_port):
            assert 5 == code_of(port, home.ca, TERMINAL, PASSWORD)
        broker.kill()
        broker.start()
        assert 5 == code_of(setup.port, home.ca, TERMINAL, PASSWORD)
    finally:
        broker.stop()
