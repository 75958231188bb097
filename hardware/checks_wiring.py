"""Rules about parts and what is connected to what: each yields what breaks it."""

from __future__ import annotations

from collections.abc import Iterator

from hardware.design import Design, Wire
from hardware.problem import Problem

# what a terminal may be connected to: the last word of the net's use. Rails and links are judged apart
_USES = {
    "sda": ("sda",), "scl": ("scl",), "sck": ("sck",), "mosi": ("mosi",), "uart_tx": ("rx",), "uart_rx": ("tx",),
    "analog_out": ("adc",), "logic_out": ("in",), "logic_in": ("out", "pwm"), "contact": ("in",), "fixed": ("fixed",),
}  # fmt: skip
_DRIVES = ("logic_out", "analog_out", "uart_tx")


def _problem(rule: str, where: str, zh: str, en: str) -> Problem:
    return Problem(rule=rule, where=where, zh=zh, en=en)


def catalogue(design: Design) -> Iterator[Problem]:
    """Every part is in the catalogue, is bought, and has a reference of its own."""
    seen: set[str] = set()
    for placed in design.placed():
        if placed.part not in design.catalogue:
            zh = f"目录中没有 {placed.part}，请在 hardware/parts 中添加"
            yield _problem("not_in_catalogue", placed.ref, zh, f"{placed.part} is not in hardware/parts: add it")
        if placed.quantity < 1:
            zh, en = "已接线但数量为 0，不会采购，请改数量", "wired but its quantity is 0, nobody would buy it: set it"
            yield _problem("not_in_bom", placed.ref, zh, en)
        if placed.ref in seen:
            yield _problem("ref_twice", placed.ref, "位号重复，请改名", "this reference is used twice, rename one")
        seen.add(placed.ref)


def terminals(design: Design) -> Iterator[Problem]:
    """Every wire begins at a terminal that the part has and ends at something that exists; none is forgotten."""
    ends = {*design.endpoint.nets, *design.endpoint.rails, *design.endpoint.links}
    for placed, part in design.known():
        for name, target in placed.wires.items():
            where = f"{placed.ref}.{name}"
            if part.terminal(name) is None:
                yield _problem("no_terminal", where, f"{part.id} 没有此端子，请核对", f"{part.id} has no such terminal")
            if target not in ends:
                zh, en = f"没有名为 {target} 的线，请核对", f"there is no net, rail or link {target!r}: correct it"
                yield _problem("no_net", where, zh, en)
        for terminal in part.terminals:
            if not terminal.optional and terminal.name not in placed.wires:
                zh, en = "必接端子未接线，请补上", "this terminal must be connected: wire it"
                yield _problem("open_terminal", f"{placed.ref}.{terminal.name}", zh, en)


def nets(design: Design) -> Iterator[Problem]:
    """Every net has a pin and a part; every link has two ends; every pin belongs to a net."""
    for name in design.endpoint.nets:
        if name not in design.pins:
            zh, en = f"{design.board.id} 上未分配引脚，请补上", f"no pin on {design.board.id}: give it one"
            yield _problem("open_net", name, zh, en)
        if not design.on(name):
            zh, en = "没有部件接在此线上，请补上或删除", "no part is on this net: connect one or remove the net"
            yield _problem("open_net", name, zh, en)
    for name in design.pins.keys() - design.endpoint.nets.keys():
        yield _problem("no_net", name, "引脚表中的线没有定义", "the pin table has a net that is not described")


def roles(design: Design) -> Iterator[Problem]:
    """A terminal is on a net that does what the terminal needs, and one output drives it."""
    for name, net in design.endpoint.nets.items():
        wires = design.on(name)
        for wire in wires:
            if net.use.split(".")[-1] not in _USES.get(wire.terminal.kind, ("adc",)):
                zh = f"端子类型 {wire.terminal.kind} 不能接到 {name}（{net.use}），请改接"
                en = f"a terminal of kind {wire.terminal.kind} cannot be on {name} ({net.use}): move the wire"
                yield _problem("wrong_net", wire.where, zh, en)
        drivers = [wire for wire in wires if wire.terminal.kind in _DRIVES]
        if len(drivers) > 1:
            refs = ", ".join(wire.where for wire in drivers)
            zh, en = f"多个输出接在一起：{refs}，请分开", f"several outputs on one net: {refs}; give each its own"
            yield _problem("two_drivers", name, zh, en)


def addresses(design: Design) -> Iterator[Problem]:
    """Each part on a bus answers to an address of its own."""
    taken: dict[tuple[str, int], str] = {}
    for wire in design.wires():
        net = design.endpoint.nets.get(wire.target)
        if wire.terminal.kind != "sda" or net is None:
            continue
        can = wire.part.addresses
        address = wire.placed.address if wire.placed.address is not None else (can[0] if can else -1)
        choice = ", ".join(f"0x{number:02x}" for number in can)
        if address not in can:
            zh, en = f"此部件没有该地址，可选：{choice}", f"this part cannot have that address; it can have: {choice}"
            yield _problem("bad_address", wire.placed.ref, zh, en)
        other = taken.setdefault((net.bus, address), wire.placed.ref)
        if other != wire.placed.ref:
            zh = f"与 {other} 同为地址 0x{address:02x}，请改地址（可选 {choice}）或换总线"
            en = f"same address 0x{address:02x} as {other}: choose another ({choice}) or another bus"
            yield _problem("address_clash", wire.placed.ref, zh, en)


def _shows(design: Design, wire: Wire) -> tuple[float, float] | None:
    """The voltages a terminal puts on its net: its own, or those of its pull-ups."""
    if wire.terminal.kind in _DRIVES:
        return wire.terminal.volts
    if wire.terminal.kind in ("sda", "scl") and wire.part.pullups:
        rail = design.endpoint.rails.get(design.rail_of(wire.placed))
        return None if rail is None else (0.0, rail.volts)
    return None


def signal_levels(design: Design) -> Iterator[Problem]:
    """No pin sees more than it can take, no part less than it needs."""
    logic_v = design.board.logic_v
    for wire in design.wires():
        net = design.endpoint.nets.get(wire.target)
        if net is None:
            continue
        limit = design.board.adc_max_v if net.use == "adc" else logic_v
        shows, needs = _shows(design, wire), wire.terminal.volts
        if shows is not None and shows[1] > limit + 0.05:
            zh = f"输出可达 {shows[1]:g} V，引脚最多 {limit:g} V：加分压或电平转换"
            en = f"can show {shows[1]:g} V, the pin takes {limit:g} V: add a divider or a level shifter"
            yield _problem("voltage", wire.where, zh, en)
        listens = wire.terminal.kind in ("logic_in", "uart_rx")
        if listens and needs is not None and not needs[0] <= logic_v <= needs[1]:
            zh = f"输入要求 {needs[0]:g}–{needs[1]:g} V，引脚为 {logic_v:g} V：加电平转换"
            en = f"needs {needs[0]:g} to {needs[1]:g} V, the pin gives {logic_v:g} V: add a level shifter"
            yield _problem("voltage", wire.where, zh, en)


RULES = (catalogue, terminals, nets, roles, addresses, signal_levels)
