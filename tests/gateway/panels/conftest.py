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
ADDRESSES = {"panel-a": 0x379, "panel-b": 0x37A}
QUICK = Timing(timeout_s=1.0, resends=20, heartbeat_s=0.5, again_s=0.1)  # resends: a killed gateway is away for seconds

SECTION = """
[[adapters]]
kind = "gb26875"
host = "127.0.0.1"
tcp_port = {port}
udp_port = {port}
clear_after_s = 1
{more}
[[adapters.panels]]
device = "panel-a"
place = "3号楼消控室"
grid = "110105001001001"
address = 0x379

[[adapters.panels]]
device = "panel-b"
place = "5号楼消控室"
grid = "110105001001002"
address = 0x37A
"""


class Site:
    """A gateway process with panels, not yet started."""

    def __init__(self, folder: Path, broker_port: int, more: str = "", **settings: object) -> None:
        self.port = free_port()
        self.file = write_site(folder, broker_port)
        self.file.write_text(self.file.read_text() + SECTION.format(port=self.port, more=more))
        self.gateway = Process(self.file, folder / "data", ack_timeout_ms=500, **settings)

    def line(
        self, name: str = "panel-a", sins: Sins | None = None, transport: str = "tcp", timing: Timing = QUICK
    ) -> Line:
        """A panel that speaks to it."""
        address = ADDRESSES.get(name, 0xBAD)
        device = Device(address=address, centre=CENTRE, now_ms=Clock().now_ms, sins=sins or Sins())
        return Line(device, "127.0.0.1", self.port, transport=transport, timing=timing)


@pytest.fixture
def panels(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes a gateway with panels; its brokers are away unless a port is given."""
    made: list[Site] = []

    def make(broker_port: int = 1, more: str = "", **settings: object) -> Site:
        made.append(Site(tmp_path, broker_port, more, **settings))
        return made[-1]

    yield make
    for site in made:
        site.gateway.kill()
