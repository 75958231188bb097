"""Currents of the rails, and how long an endpoint lives on its battery."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from hardware.design import Design
from hardware.model import BOARD, Placed


class Mode(Enum):
    """What the endpoint is doing."""

    PEAK = "peak"  # every part at its maximum and the radio sending: what supplies must stand
    STANDBY = "standby"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The estimate and every figure in it."""

    cells: int
    cell_mah: float
    cell_v: float
    usable: float
    energy_wh: float
    standby_w: float
    alarm_w: float
    alarm_hours: float
    hours: float  # of standby, with the alarm kept in reserve
    required_hours: float

    @property
    def enough(self) -> bool:
        """True where it lives as long as it must."""
        return self.hours >= self.required_hours


def _own_ma(design: Design, placed: Placed, mode: Mode) -> float:
    current = design.catalogue[placed.part].current
    if current is None:
        return 0.0
    if mode is Mode.PEAK:
        return current.max_ma * placed.quantity
    return current.typ_ma * placed.quantity * (placed.standby if mode is Mode.STANDBY else placed.alarm)


def parts_ma(design: Design, rail: str, mode: Mode) -> float:
    """What the parts on a rail draw, without what it feeds on."""
    return sum(_own_ma(design, placed, mode) for placed, _ in design.known() if design.rail_of(placed) == rail)


def board_ma(design: Design, mode: Mode) -> float:
    """What the board itself draws behind its regulator."""
    power = design.board.power
    return power.radio_peak_ma if mode is Mode.PEAK else power.run_ma


def _input_ma(design: Design, rail: str, mode: Mode, seen: tuple[str, ...]) -> float:
    """Current that making `rail` draws from the rail it feeds on."""
    made = design.endpoint.rails[rail]
    out_ma = load_ma(design, rail, mode, seen)
    feed_v = design.endpoint.rails[made.feed].volts
    if made.source == BOARD:
        efficiency = design.board.power.efficiency
        return out_ma if not efficiency else out_ma * made.volts / (feed_v * efficiency)
    source = design.source_of(rail)
    if source is None or source[1].converter is None or not feed_v:
        return out_ma
    return out_ma * made.volts / (feed_v * source[1].converter.efficiency)


def load_ma(design: Design, rail: str, mode: Mode, seen: tuple[str, ...] = ()) -> float:
    """Everything drawn from a rail: its parts, the board, and the rails made from it."""
    if rail in seen:  # rails that feed each other in a ring: checks.py says so
        return 0.0
    rails = design.endpoint.rails
    total = parts_ma(design, rail, mode)
    if rails[rail].source == BOARD:
        total += board_ma(design, mode)
    fed = [name for name, other in rails.items() if other.feed == rail]
    return total + sum(_input_ma(design, name, mode, (*seen, rail)) for name in fed)


def battery(design: Design) -> Battery | None:
    """Hours without mains; None where there is no battery.

    energy = cells x capacity x voltage x usable share; hours = (energy - alarm power x alarm time) / standby power.
    """
    found = next(((placed, part.cell) for placed, part in design.known() if part.cell is not None), None)
    backup = design.endpoint.backup
    if found is None or backup.rail not in design.endpoint.rails:
        return None
    placed, cell = found
    volts = design.endpoint.rails[backup.rail].volts
    energy_wh = placed.quantity * cell.capacity_mah / 1000 * cell.volts * cell.usable
    standby_w = load_ma(design, backup.rail, Mode.STANDBY) * volts / 1000
    alarm_w = load_ma(design, backup.rail, Mode.ALARM) * volts / 1000
    alarm_hours = backup.alarm_minutes / 60
    return Battery(
        cells=placed.quantity,
        cell_mah=cell.capacity_mah,
        cell_v=cell.volts,
        usable=cell.usable,
        energy_wh=energy_wh,
        standby_w=standby_w,
        alarm_w=alarm_w,
        alarm_hours=alarm_hours,
        hours=max(0.0, energy_wh - alarm_w * alarm_hours) / standby_w if standby_w else math.inf,
        required_hours=backup.standby_hours,
    )
