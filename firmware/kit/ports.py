"""Serial ports of this computer and the boards on them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from firmware.kit.identity import BoardFacts, ask
from firmware.kit.texts import KitError
from firmware.kit.wire import opened

# USB vendor -> whose chip answers there (usb.org vendor list)
VENDORS = {0x303A: "Espressif", 0x2E8A: "Raspberry Pi", 0x10C4: "CP210x", 0x1A86: "CH34x", 0x0403: "FTDI"}
BACK_S = 15.0  # a board with native USB is away for one to three seconds after a reset
SETTLE_S = 1.0  # the computer notices only then that native USB is away
PROBES = 16  # ports asked at the same time


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A place to plug into. `usb` names the same socket and board again after a reset; None without USB."""

    device: str
    chip: str = ""
    usb: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A port and what is on it: facts, or the reason why there are none."""

    port: Port
    facts: BoardFacts | None = None
    trouble: KitError | None = None


def usb_ports() -> list[Port]:
    """Ports of USB chips that boards have. All others are left alone unless somebody names them: who knows what
    hangs there and takes our Ctrl-C for an order.
    """
    found = [
        Port(device=p.device, chip=VENDORS[p.vid], usb=(p.vid, p.pid, p.serial_number or ""))
        for p in list_ports.comports()
        if p.vid in VENDORS
    ]
    return sorted(found, key=lambda port: port.device)


def named_ports(devices: list[str]) -> list[Port]:
    """The ports somebody named; all USB ports where nobody named any."""
    if not devices:
        return usb_ports()
    known = {port.device: port for port in usb_ports()}
    return [known.get(device, Port(device=device)) for device in dict.fromkeys(devices)]


def probe(port: Port) -> Found:
    """Ask the board on a port who it is. A running program is stopped and started again."""
    try:
        with opened(port.device) as wire:
            facts = ask(wire)
            if facts.runs:
                wire.restart()
            return Found(port=port, facts=facts)
    except KitError as error:
        return Found(port=port, trouble=error)


def probe_all(ports: list[Port]) -> list[Found]:
    """All at once, in the order of the ports."""
    if not ports:
        return []
    with ThreadPoolExecutor(max_workers=min(PROBES, len(ports))) as pool:
        return list(pool.map(probe, ports))


def back_again(port: Port, timeout_s: float = BACK_S) -> str:
    """Device name of the port after a reset; it may have got another number. Raises KitError unplugged."""
    if port.usb is not None:
        time.sleep(SETTLE_S)
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if port.usb is None:
            if Path(port.device).exists() or port.device.upper().startswith("COM"):
                return port.device
        else:
            same = [other.device for other in usb_ports() if other.usb == port.usb]
            if port.device in same or len(same) == 1:
                return port.device if port.device in same else same[0]
        time.sleep(0.1)
    raise KitError("unplugged", f"{port.device}: not back after {timeout_s:g} s")


def new_port(before: set[str], timeout_s: float = BACK_S) -> Port:
    """The port that was not there before. Raises KitError no_board."""
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        fresh = [port for port in usb_ports() if port.device not in before]
        if fresh:
            return fresh[0]
        time.sleep(0.2)
    raise no_board()


def no_board(sysfs: Path = Path("/sys/bus/usb/devices")) -> KitError:
    """Why there is no port: a known chip on USB without a serial port has no driver, anything else is the cable."""
    for vendor_file in sysfs.glob("*/idVendor"):
        vendor = vendor_file.read_text(encoding="ascii").strip()
        ports = [*vendor_file.parent.glob("*/tty*"), *vendor_file.parent.glob("*/tty/tty*")]
        if vendor and int(vendor, 16) in VENDORS and not ports:
            return KitError("driver", f"{VENDORS[int(vendor, 16)]} ({vendor}) {vendor_file.parent.name}")
    return KitError("no_board")
