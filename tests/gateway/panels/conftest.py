"""A gateway with two panels, and panels that speak to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.clock import Clock
from simulators.brokers import free_port
from simulators.panels.device import Device
from simulators.panels.line import Line, Timing
from simulators.panels.sins import Sins
from tests.gateway.site import Process, write_site

CENTRE = 0x15B38
NAMES = ("panel-a", "panel-b")
FIRST_ADDRESS, STRANGER = 0x379, 0xBAD
QUICK = Timing(timeout_s=1.0, resends=20, heartbeat_s=0.5, again_s=0.1)  # resends: a killed gateway is away for seconds

SECTION = """
[[adapters]]
kind = "gb26875"
host = "127.0.0.1"
tcp_port = {port}
udp_port = {port}
clear_after_s = 1
{more}
"""
PANEL = """
[[adapters.panels]]
device = "{name}"
place = "{number}号楼消控室"
grid = "11010500100100{number}"
address = {address}
"""


class Site:
    """A gateway process with panels, not yet started."""

    def __init__(
        self, folder: Path, broker_port: int, more: str = "", names: tuple[str, ...] = NAMES, **settings: object
    ) -> None:
        self.port = free_port()
        self.addresses = {name: FIRST_ADDRESS + number for number, name in enumerate(names)}
        self.file = write_site(folder, broker_port)
        sections = SECTION.format(port=self.port, more=more)
        for number, (name, address) in enumerate(self.addresses.items(), 1):
            sections += PANEL.format(name=name, number=number, address=address)
        self.file.write_text(self.file.read_text() + sections)
        self.gateway = Process(self.file, folder / "data", ack_timeout_ms=500, **settings)

    def line(
        self, name: str = "panel-a", sins: Sins | None = None, transport: str = "tcp", timing: Timing = QUICK
    ) -> Line:
        """A panel that speaks to it."""
        address = self.addresses.get(name, STRANGER)
        device = Device(address=address, centre=CENTRE, now_ms=Clock().now_ms, sins=sins or Sins())
        return Line(device, "127.0.0.1", self.port, transport=transport, timing=timing)


@pytest.fixture
def panels(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes a gateway with panels; its brokers are away unless a port is given."""
    made: list[Site] = []

    def make(broker_port: int = 1, more: str = "", names: tuple[str, ...] = NAMES, **settings: object) -> Site:
        made.append(Site(tmp_path, broker_port, more, names, **settings))
        return made[-1]

    yield make
    for site in made:
        site.gateway.kill()
