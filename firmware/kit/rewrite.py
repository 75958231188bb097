"""The step before all others: the right MicroPython on the board. Nothing is written where it is right."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from firmware.kit import esp, identity, uf2
from firmware.kit.identity import MPY_VERSION, BoardFacts, Wanted
from firmware.kit.images import Image, older
from firmware.kit.ports import BACK_S, Found, Port, back_again
from firmware.kit.texts import KitError
from firmware.kit.wire import opened

SILENT = ("no_answer", "garbage", "repl_busy", "board_error")  # somebody may be there who cannot say who he is

Percent = Callable[[float], None]


def known(found: Found) -> Found:
    """A silent board as its chip's boot loader introduces it: type and MAC, which is its chip id. Else as it was."""
    if found.trouble is None or found.trouble.code not in SILENT or found.port.usb is None:
        return found
    try:
        chip, mac = esp.ask(found.port.device)
    except KitError as error:
        return dataclasses.replace(found, trouble=error)
    facts = BoardFacts(
        machine=f"{chip.replace('-', '')} (boot loader)",
        version="",
        mpy=0,
        unique_id=mac,
        device=None,
        site=None,
        kind=None,
        boot=0,
        free_bytes=0,
        runs=False,
    )
    return Found(port=found.port, facts=facts)


def right_image(
    port: Port,
    wanted: Wanted,
    image: Image | None,
    percent: Percent,
    *,
    replace: bool = False,
    rewrite: bool = False,
    dry_run: bool = False,
) -> tuple[BoardFacts, str]:
    """The board with the MicroPython of the image on it, and its port. Raises KitError.

    A board that does not say who it is may be anybody's: it is only written with `rewrite`.
    """
    facts: BoardFacts | None = None
    try:
        facts = _identified(port.device, wanted, replace=replace)
    except KitError as error:
        if not rewrite or dry_run or image is None or error.code not in SILENT:
            raise
    if facts is not None and not rewrite and not _needs_another(facts, image):
        return facts, port.device
    if facts is not None and dry_run:
        return facts, port.device
    if image is None:
        raise KitError("stick_incomplete", f"no image for {wanted.board}")
    back = _write(port, image, facts, percent)
    return dataclasses.replace(_identified(back, wanted, replace=replace, patience_s=BACK_S), boot=0), back


def _identified(device: str, wanted: Wanted, *, replace: bool, patience_s: float = 0.0) -> BoardFacts:
    with opened(device, patience_s) as wire:
        facts = identity.ask(wire)
    identity.check(facts, wanted, replace=replace)
    return facts


def _needs_another(facts: BoardFacts, image: Image | None) -> bool:
    if image is None and facts.mpy != MPY_VERSION:
        raise KitError("old_micropython", f"{facts.version}, mpy {facts.mpy}")
    return image is not None and (facts.mpy != MPY_VERSION or older(facts.version, image.version))


def _write(port: Port, image: Image, facts: BoardFacts | None, percent: Percent) -> str:
    """The device name of the port afterwards."""
    if image.chip == "esp32s3":
        esp.write(port.device, image, percent)
    else:
        if facts is not None:
            with opened(port.device) as wire:
                wire.enter_boot_loader()
        uf2.write(uf2.find_volume(), image, percent)
    return back_again(port)
