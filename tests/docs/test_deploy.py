"""deploy/ does what it says: a real mosquitto with the shipped access lists, and unit files that start what exists."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from protocol import topics
from runtime.mqtt import Connection, Link, connected
from scripts.system_parts import find_program
from simulators.brokers import free_port as find_free_port
from tests.broker import Mosquitto

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LISTENER = re.compile(
    r"^(listener|cafile|certfile|keyfile|password_file|acl_file|persistence_location) .*\n", re.MULTILINE
)
TO_GATEWAY = ("readings", "status", "clock", "report", "piece", "answer", "fetch")
PEOPLE = {"site": ("fire-a", "fire-b", "gw-chunfeng"), "cloud": ("gw-chunfeng", "gw-heping", "gridwhistle-cloud")}
# broker -> who sends, who hears, and the kinds that may pass from the one to the other
WAYS = {
    "site": [
        ("fire-a", "gw-chunfeng", "fire-a", TO_GATEWAY),
        ("gw-chunfeng", "fire-a", "fire-a", ("command", "ack", "config", "receipt", "task", "bundle")),
    ],
    "cloud": [
        ("gw-chunfeng", "gridwhistle-cloud", "gw-chunfeng", ("incident", "history", "status")),
        ("gridwhistle-cloud", "gw-chunfeng", "gw-chunfeng", ("ack",)),
    ],
}
STRANGERS = {"site": ("fire-b", "gw-chunfeng", "fire-a"), "cloud": ("gw-heping", "gridwhistle-cloud", "gw-chunfeng")}


class ShippedMosquitto(Mosquitto):
    """mosquitto with a file of deploy/; only port, certificates and paths are ours."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, find_free_port())
        self.name = name

    def configuration(self) -> str:
        """The shipped text on our port, with our paths, without TLS (that needs certificates)."""
        shipped = LISTENER.sub("", (DEPLOY / "mosquitto" / f"{self.name}.conf").read_text(encoding="utf-8"))
        ours = f"listener {self.port} 127.0.0.1\npersistence_location {self._folder}/\n"
        ours += f"password_file {self._folder / 'passwd'}\nacl_file {self._folder / 'acl'}\n"
        return ours + shipped


@pytest.fixture(params=["site", "cloud"])
def shipped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ShippedMosquitto]:
    """A broker as shipped for a site or for the centre, with a login for everybody."""
    name = request.param
    tmp_path.chmod(0o755)
    (tmp_path / "acl").write_text((DEPLOY / "mosquitto" / f"{name}.acl").read_text(encoding="utf-8"))
    (tmp_path / "passwd").touch()
    for person in PEOPLE[name]:
        command = [find_program("mosquitto_passwd") or "", "-b", str(tmp_path / "passwd"), person, "secret"]
        subprocess.run(command, check=True, capture_output=True)
    broker = ShippedMosquitto(tmp_path, name)
    broker.start()
    yield broker
    broker.stop()


@asynccontextmanager
async def listening(broker: Mosquitto, sender: str, hearer: str) -> AsyncIterator[tuple[Connection, list[str]]]:
    """A connection of the sender, and the topics the hearer gets from everything it may subscribe to."""
    heard: list[str] = []

    async def hear(topic: str, _payload: bytes) -> None:
        heard.append(topic)

    async def ignore(_topic: str, _payload: bytes) -> None:
        pass

    def link(name: str, *subscriptions: str) -> Link:
        return Link(
            host=broker.host,
            port=broker.port,
            client_id=name,
            subscriptions=subscriptions,
            username=name,
            password="secret",
        )

    async with AsyncExitStack() as stack:
        rx = await stack.enter_async_context(connected(link(hearer, "gw/1/#"), hear))
        tx = await stack.enter_async_context(connected(link(sender), ignore))
        async with asyncio.timeout(10):
            await rx.wait_up()
            await tx.wait_up()
        yield tx, heard


@pytest.mark.mosquitto
async def test_access_lists_let_through_what_the_contract_says(shipped: ShippedMosquitto) -> None:
    """Each side hears the kinds meant for it, and no other kind of the same device."""
    for sender, hearer, device, kinds in WAYS[shipped.name]:
        async with listening(shipped, sender, hearer) as (connection, heard):
            for kind in topics.KINDS:
                connection.publish(topics.build("chunfeng", device, kind), b"{}")
            expected = {topics.build("chunfeng", device, kind) for kind in kinds}
            async with asyncio.timeout(10):
                while not expected <= set(heard):
                    await asyncio.sleep(0.02)
            assert expected == set(heard)


@pytest.mark.mosquitto
async def test_nobody_speaks_for_another(shipped: ShippedMosquitto) -> None:
    """A device with a login of its own cannot publish as another one."""
    stranger, hearer, device = STRANGERS[shipped.name]
    async with listening(shipped, stranger, hearer) as (connection, heard):
        for kind in topics.KINDS:
            connection.publish(topics.build("chunfeng", device, kind), b"{}")
        own = topics.build("chunfeng", stranger, "status")
        connection.publish(own, b"{}")  # on the same connection, so it comes last
        async with asyncio.timeout(10):
            while own not in heard:
                await asyncio.sleep(0.02)

    assert [own] == heard


@pytest.mark.parametrize("unit", sorted(path.name for path in (DEPLOY / "systemd").glob("*.service")))
def test_units_start_what_exists(unit: str) -> None:
    """The subcommand of a unit file is one of the front door, and its settings are known ones."""
    from typer.main import get_command

    import gridwhistle

    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=\S+/gridwhistle (\w+) (\w+)", text, re.MULTILINE)
    assert found is not None
    group = get_command(gridwhistle.app).commands[found[1]]  # type: ignore[attr-defined]

    assert found[2] in group.commands
    assert f"GRIDWHISTLE_{found[1].upper()}_DATA_DIR=" in text
