"""Panels of a site file that is read again, and a gateway whose disk takes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from domain.gb26875.frames import Command, Frame
from gateway.adapters import Host
from gateway.adapters.gb26875.centre import Centre
from gateway.adapters.gb26875.intake import Intake
from gateway.control import ask
from gateway.store.counters import Counters
from gateway.store.quarantine import Quarantine
from runtime.clock import Clock
from simulators.brokers import free_port
from tests.gateway.panels.conftest import Site
from tests.gateway.panels.test_intake import CONFIG, PANEL
from tests.gateway.panels.test_panels import told

Make = Callable[..., Site]


async def test_a_panel_and_a_port_are_added_without_a_restart(panels: Make) -> None:
    """The new panel speaks on the new port; the fire of the old one goes on."""
    site = panels(names=("panel-a",))
    site.gateway.start()
    async with site.line("panel-a") as line:
        await line.tell(line.device.part(1, 0x0003))
    before, site.port = site.port, free_port()
    text = site.file.read_text().replace(str(before), str(site.port))
    site.file.write_text(text + '[[adapters.panels]]\ndevice = "panel-b"\nplace = "B"\ngrid = "1"\naddress = 890\n')

    answer = await asyncio.to_thread(ask, site.gateway.data, "reload")

    assert answer["applied"] is True
    site.addresses["panel-b"] = 890
    async with site.line("panel-a") as line, site.line("panel-b", transport="udp") as other:
        await line.tell(line.device.part(2, 0x0003))
        await other.tell(other.device.part(1, 0x0003))
    assert told(site) == [
        ("panel-a", 1, "active", "major"), ("panel-a", 2, "active", "critical"), ("panel-b", 1, "active", "major"),
    ]  # fmt: skip


class Writer:
    """Of the house's own kind: jobs run, or fail, and may not be durable."""

    def __init__(self, error: Exception | None = None, *, afloat: bool = False) -> None:
        self.afloat = afloat
        self._error = error
        self.jobs = 0

    async def do(self, _job: Any) -> None:
        """Count it."""
        self.jobs += 1
        if self._error is not None and self.jobs == 1:
            raise self._error


def centre(writer: Writer) -> Centre:
    """One with that writer."""
    counters = Counters()
    host = Host(
        writer=writer,  # type: ignore[arg-type]
        counters=counters,
        quarantine=Quarantine(10, counters),
        owe=lambda *_args: None,
        note=lambda *_args, **_named: None,
        measured=lambda *_args: None,
        clock=Clock(),
        beat=lambda *_args: None,
    )
    return Centre(host, lambda: CONFIG, Intake(host, lambda: CONFIG))


@pytest.mark.parametrize(
    ("writer", "jobs", "confirmed"),
    [
        (Writer(), 1, True),
        (Writer(afloat=True), 1, False),  # judged, and told to the centre, but not on the disk: it shall come again
        (Writer(sqlite3.OperationalError("disk I/O error")), 1, False),
        (Writer(TypeError("a fault of ours")), 2, True),  # kept aside: sending it again would not help
    ],
    ids=["durable", "afloat", "disk", "fault"],
)
async def test_confirmed_is_what_is_durable(writer: Writer, jobs: int, confirmed: bool) -> None:
    """Nothing else."""
    frame = Frame(serial=1, command=Command.SEND, source=PANEL.address, target=1, data=b"\x01")

    reply = await centre(writer).take(frame, "127.0.0.1", SimpleNamespace)

    assert (writer.jobs, reply is not None) == (jobs, confirmed)
