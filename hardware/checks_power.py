"""Rules about supplies and channels: each yields what breaks it."""

from __future__ import annotations

from collections.abc import Iterator

from hardware import power
from hardware.design import Design
from hardware.model import BOARD
from hardware.power import Mode
from hardware.problem import Problem
from protocol.channels import KINDS


def _problem(rule: str, where: str, zh: str, en: str) -> Problem:
    return Problem(rule=rule, where=where, zh=zh, en=en)


def _outside(volts: float, limits: tuple[float, float], where: str) -> Iterator[Problem]:
    if not limits[0] <= volts <= limits[1]:
        zh = f"供电 {volts:g} V，允许 {limits[0]:g}–{limits[1]:g} V：改接电源或加稳压"
        en = f"supplied with {volts:g} V, takes {limits[0]:g} to {limits[1]:g} V: use another rail or a converter"
        yield _problem("supply_voltage", where, zh, en)


def supplies(design: Design) -> Iterator[Problem]:
    """Every part and the board get the voltage they take; a supply terminal is on a rail, a ground on ground."""
    rails = design.endpoint.rails
    for wire in design.wires():
        if wire.terminal.kind in ("supply", "ground", "power_out") and wire.target not in rails:
            yield _problem("not_a_rail", wire.where, "应接到电源或地", "belongs on a rail or on ground: move the wire")
            continue
        if wire.terminal.kind == "ground" and rails[wire.target].volts:
            yield _problem("not_a_rail", wire.where, "地线接到了电源上", "ground is on a supply: move it to gnd")
        elif wire.terminal.kind in ("supply", "power_out") and wire.terminal.volts is not None:
            yield from _outside(rails[wire.target].volts, wire.terminal.volts, wire.where)
    for name, rail in rails.items():
        if rail.source == BOARD and rail.feed in rails:
            where = f"{design.board.id}.{design.board.power.input_pad} ({rail.feed} → {name})"
            yield from _outside(rails[rail.feed].volts, design.board.power.input_v, where)


def sources(design: Design) -> Iterator[Problem]:
    """Every rail that is used is made by something, and what it is made from exists and is not itself."""
    rails = design.endpoint.rails
    for name, rail in rails.items():
        if not rail.volts:
            continue
        if rail.source != BOARD and design.source_of(name) is None:
            zh, en = f"没有部件 {rail.source!r} 提供此电源", f"no part {rail.source!r} makes this rail: add one"
            yield _problem("no_source", name, zh, en)
        above, seen = rail.feed, [name]
        while above in rails and above not in seen:
            seen.append(above)
            above = rails[above].feed
        if above:
            zh, en = f"上级电源 {above} 不存在或成环", f"feeds on {above}, which does not exist or is a ring"
            yield _problem("no_source", name, zh, en)


def currents(design: Design) -> Iterator[Problem]:
    """Every regulator and converter can give what hangs on it, radio and all parts at their maximum."""
    board = design.board.power
    for name, rail in design.endpoint.rails.items():
        drawn = power.load_ma(design, name, Mode.PEAK)
        source = design.source_of(name)
        limit = board.regulator_max_ma if rail.source == BOARD else 0.0
        if source is not None and source[1].converter is not None:
            limit = source[1].converter.output_ma
        if limit and drawn > limit:
            yield _over(name, drawn, limit)
        parts = power.parts_ma(design, name, Mode.PEAK)
        if rail.source == BOARD and parts > board.external_max_ma:
            yield _over(f"{name} ({design.board.id})", parts, board.external_max_ma)


def _over(where: str, drawn: float, limit: float) -> Problem:
    zh = f"最大 {drawn:.0f} mA，超过 {limit:.0f} mA：把部件移到别的电源或换更大的电源"
    en = f"up to {drawn:.0f} mA, can give {limit:.0f} mA: move parts to another rail or take a bigger supply"
    return _problem("over_current", where, zh, en)


def pin_currents(design: Design) -> Iterator[Problem]:
    """No pin drives more than it may."""
    limit = design.board.power.pin_max_ma
    for wire in design.wires():
        current = wire.part.current
        fed = any(t.kind == "supply" and t.name in wire.placed.wires for t in wire.part.terminals)
        if wire.terminal.kind == "logic_in" and not fed and current is not None and current.max_ma > limit:
            zh = f"引脚最多 {limit:g} mA，此部件 {current.max_ma:g} mA：加晶体管"
            en = f"a pin drives {limit:g} mA, this part takes {current.max_ma:g} mA: add a transistor"
            yield _problem("pin_current", wire.where, zh, en)


def backup(design: Design) -> Iterator[Problem]:
    """The battery lasts as long as it must."""
    estimate = power.battery(design)
    if estimate is None or not estimate.enough:
        hours = 0.0 if estimate is None else estimate.hours
        need = design.endpoint.backup.standby_hours
        zh = f"断电后约 {hours:.1f} 小时，要求 {need:g} 小时：增加电芯或减小电流"
        en = f"about {hours:.1f} h without mains, {need:g} h wanted: more cells or less current"
        yield _problem("backup", "battery", zh, en)


def channels(design: Design) -> Iterator[Problem]:
    """Every channel of the kind comes from a part or from the firmware, and no others are named."""
    endpoint = design.endpoint
    table = KINDS.get(endpoint.kind, {})
    named = [*endpoint.computed, *(c for placed in design.placed() for c in placed.channels + placed.derived)]
    for channel in table.keys() - set(named):
        zh, en = (
            "没有部件给出此通道，请添加部件或列入 computed",
            "no part gives this channel: add one, or list it in computed",
        )
        yield _problem("no_part", channel, zh, en)
    for channel in sorted({name for name in named if name not in table or named.count(name) > 1}):
        zh = f"协议表中没有此通道或重复：protocol/channel_tables/{endpoint.kind}.py"
        en = f"unknown or named twice: see protocol/channel_tables/{endpoint.kind}.py"
        yield _problem("bad_channel", channel, zh, en)


def ranges(design: Design) -> Iterator[Problem]:
    """What a sensor can say is plausible to the gateway: otherwise its true readings would be refused."""
    table = KINDS.get(design.endpoint.kind, {})
    for placed, part in design.known():
        says = part.measures
        for channel in (c for c in placed.channels if says is not None and c in table and table[c][0] == says.unit):
            _, low, high = table[channel]
            if says is not None and (says.low < low or says.high > high):
                zh = f"量程 {says.low:g}–{says.high:g} 超出协议的 {low:g}–{high:g}：请改协议表或换部件"
                en = f"range {says.low:g} to {says.high:g} is outside {low:g} to {high:g}: change the table or the part"
                yield _problem("range", f"{placed.ref} {channel}", zh, en)


RULES = (supplies, sources, currents, pin_currents, backup, channels, ranges)
