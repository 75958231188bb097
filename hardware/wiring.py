"""The wiring diagram of an endpoint as SVG, Chinese and English together: pins, wires in their colours, terminals."""

from __future__ import annotations

from collections.abc import Iterator

from hardware import layout as place
from hardware import power, svg, wire_colours
from hardware.design import Design
from hardware.layout import Box, Layout
from hardware.model import BOARD
from hardware.power import Mode

_SOFT = "#57606a"
_FAINT = "#afb8c1"


def draw(design: Design) -> str:
    """The SVG file."""
    layout = place.of(design)
    shapes = [
        *_title(layout),
        *_board(layout),
        *(shape for net in design.pins for shape in _net(layout, net)),
        *(shape for box in layout.boxes for shape in _part(layout, box)),
        *_rails(layout),
        *_legend(layout),
    ]
    title = f"{design.endpoint.title.zh} {design.endpoint.title.en} · {design.board.name}"
    return svg.document(layout.width, layout.height, title, shapes)


def _title(layout: Layout) -> Iterator[str]:
    endpoint, board = layout.design.endpoint, layout.design.board
    yield svg.text(place.MARGIN, 44, f"{endpoint.title.zh} · {endpoint.title.en}", 24, bold=True)
    yield svg.text(place.MARGIN, 70, f"接线图 wiring · {board.name} · {board.chip}", 14, _SOFT)
    note = "同名标签相连；标签以外的线按颜色走 · labels of one name belong together; every other wire is drawn"
    yield svg.text(place.MARGIN, 92, note, 12, _SOFT)


def pad_rail(design: Design, pad: str) -> str:
    """The rail on a pad of the board, empty for pads that stay free."""
    rails = design.endpoint.rails
    made = next((name for name, rail in rails.items() if rail.source == "board"), "")
    if pad == design.board.power.input_pad:
        return rails[made].feed if made else ""
    if pad in ("3V3", "GND", "AGND"):
        return "gnd" if pad != "3V3" else made
    return ""


def _board(layout: Layout) -> Iterator[str]:
    design, x = layout.design, layout.board_x
    yield svg.box(x, layout.board_y, place.BOARD_WIDTH, layout.board_height, "#f6f8fa", "#57606a", 10)
    middle = x + place.BOARD_WIDTH / 2
    yield svg.text(middle, layout.board_y + 24, design.board.name, 13, at="middle", bold=True)
    yield svg.text(
        middle,
        layout.board_y + 41,
        f"↑ {design.board.top.zh} {design.board.top.en} · 俯视 from above",
        11,
        _SOFT,
        "middle",
    )
    names = {pad.place: pad.name for pad in design.board.pads}
    nets = {design.board.pin(gpio): net for net, gpio in design.pins.items()}
    for pin in design.board.pins:
        if pin.place:
            yield from _place(layout, pin.place, f"GPIO{pin.gpio}", nets.get(pin, ""))
    for where, name in names.items():
        yield from _place(layout, where, name, pad_rail(design, name))


def _place(layout: Layout, where: str, name: str, target: str) -> Iterator[str]:
    """One place of a header: its name and number inside the board, what is on it outside."""
    left = layout.header_of(where).side == "left"
    edge = layout.board_x if left else layout.board_x + place.BOARD_WIDTH
    inward, y = (1 if left else -1), layout.pin_y[where]
    ink = wire_colours.of(layout.design, target).ink if target else _FAINT
    yield svg.dot(edge, y, ink, 4.5)
    at = "start" if left else "end"
    strong = "#1f2328" if target else "#8c959f"
    yield svg.text(edge + inward * 12, y + 4, name, 12, strong, at, bold=bool(target))
    yield svg.text(edge + inward * 76, y + 4, where, 10.5, _SOFT if target else _FAINT, at)
    net = layout.design.endpoint.nets.get(target)
    if net is not None:
        yield svg.text(edge + inward * 122, y + 4, net.does.zh, 10.5, ink, at)
        back = "end" if left else "start"
        yield svg.text(edge - inward * 10, y - 4, target, 11, ink, back, bold=True)
    elif target:
        yield svg.path([(edge, y), (edge - inward * 12, y)], ink)
        yield svg.pill(edge - inward * 12, y, place.label_of(target), ink, "end" if left else "start")


def _net(layout: Layout, net: str) -> Iterator[str]:
    """The wire of a net: from the pin to its lane, along it, and to every terminal; below the board too."""
    pin, use = layout.pin_of(net), layout.design.endpoint.nets[net].use
    if pin is None or not pin.place or use == "fixed":
        return
    ink, left = wire_colours.of(layout.design, net).ink, layout.on_left(net)
    edge = layout.board_x if left else layout.board_x + place.BOARD_WIDTH
    y = layout.pin_y[pin.place]
    near, far = (layout.left_lanes, layout.right_lanes) if left else (layout.right_lanes, layout.left_lanes)
    lane = near[net]
    yield svg.path([(edge, y), (lane, y)], ink)
    near_ends = [*_ends(layout, net, left)]
    heights = [y, *(height for _, height in near_ends)]
    if net in far:
        below = layout.board_y + layout.board_height + place.LANE * (1 + layout.crossing().index(net))
        far_ends = [*_ends(layout, net, not left)]
        yield svg.path([(lane, below), (far[net], below)], ink)
        far_heights = [below, *(height for _, height in far_ends)]
        yield svg.path([(far[net], min(far_heights)), (far[net], max(far_heights))], ink)
        yield from _stubs(far[net], far_ends, ink)
        heights.append(below)
    yield svg.path([(lane, min(heights)), (lane, max(heights))], ink)
    yield from _stubs(lane, near_ends, ink)


def _ends(layout: Layout, net: str, left: bool) -> Iterator[tuple[float, float]]:
    for box in layout.boxes:
        for name, target in box.placed.wires.items():
            if target == net and box.left is left and name in box.rows:
                yield (place.MARGIN + place.PART_WIDTH if left else layout.right_x), box.row_y(name)


def _stubs(lane: float, ends: list[tuple[float, float]], ink: str) -> Iterator[str]:
    for x, y in ends:
        yield svg.path([(lane, y), (x, y)], ink)
        if len(ends) > 1:
            yield svg.dot(lane, y, ink)


def _part(layout: Layout, box: Box) -> Iterator[str]:
    x = place.MARGIN if box.left else layout.right_x
    yield svg.box(x, box.y, place.PART_WIDTH, box.height, "#ffffff", "#57606a")
    count = f" × {box.placed.quantity}" if box.placed.quantity > 1 else ""
    yield svg.text(x + 10, box.y + 18, f"{box.placed.ref}{count}", 13, bold=True)
    yield svg.fitted(x + 78, box.y + 18, box.placed.does.zh, 212, 13)
    yield svg.fitted(x + 78, box.y + 34, box.placed.does.en, 212, 11)
    named = f"{box.part.maker} {box.part.name}"
    full = f"{box.part.title.zh} {named}"
    detail = next((words for words in (full, named) if svg.width_of(words, 10.5) < 282), box.part.name)
    yield svg.fitted(x + 10, box.y + 51, detail, 282, 10.5, _SOFT)
    for name in box.rows:
        yield from _terminal(layout, box, name)


def _terminal(layout: Layout, box: Box, name: str) -> Iterator[str]:
    """A terminal: its name at the edge, the pin it goes to further in; rails and links as a label outside."""
    target, y = box.placed.wires[name], box.row_y(name)
    edge = place.MARGIN + place.PART_WIDTH if box.left else layout.right_x
    inward, at = (-1, "end") if box.left else (1, "start")
    ink = wire_colours.of(layout.design, target).ink
    yield svg.dot(edge, y, ink, 4)
    yield svg.text(edge + inward * 10, y + 4, name, 11.5, at=at, bold=True)
    pin, net = layout.pin_of(target), layout.design.endpoint.nets.get(target)
    if pin is not None and net is not None:
        where = f"GPIO{pin.gpio} · {pin.place}" if net.use != "fixed" else f"GPIO{pin.gpio} · 板上已接 on the board"
        yield svg.text(edge + inward * 62, y + 4, where, 10.5, ink, at)
        yield svg.text(edge + inward * 172, y + 4, target if net.use != "fixed" else "", 10.5, _SOFT, at)
        return
    yield svg.path([(edge, y), (edge - inward * 8, y)], ink)
    yield svg.pill(edge - inward * 8, y, place.label_of(target), ink, "start" if box.left else "end")
    link = layout.design.endpoint.links.get(target)
    if link is not None:
        yield svg.text(edge + inward * 62, y + 4, link.zh, 10.5, _SOFT, at)


def _rails(layout: Layout) -> Iterator[str]:
    """Who makes each supply from what, and how much of it is used at most."""
    design, x, y = layout.design, layout.board_x + 40, layout.rails_y
    yield svg.text(x, y, "电源 supplies · 最大电流 current at most", 12, bold=True)
    for name, rail in design.endpoint.rails.items():
        y += 22
        ink = wire_colours.of(design, name).ink
        yield svg.pill(x, y, place.label_of(name), ink)
        source = design.source_of(name)
        limit = design.board.power.regulator_max_ma if rail.source == BOARD else 0.0
        if source is not None and source[1].converter is not None:
            limit = source[1].converter.output_ma
        maker = "板 board" if rail.source == BOARD else rail.source
        feed = f" ← {rail.feed.upper()}" if rail.feed else ""
        use = f" · {power.load_ma(design, name, Mode.PEAK):.0f} / {limit:.0f} mA" if limit else ""
        words = f"{rail.volts:g} V · {maker}{feed}{use}" if rail.volts else "0 V · 所有地相连 all grounds joined"
        yield svg.text(x + 90, y + 4, words, 11.5)


def _legend(layout: Layout) -> Iterator[str]:
    used = {wire_colours.of(layout.design, wire.target) for wire in layout.design.wires()}
    x, y = place.MARGIN, layout.height - 40
    for colour in (colour for colour in wire_colours.LEGEND if colour in used):
        does = colour.does_zh if colour.does_zh == colour.does_en else f"{colour.does_zh} {colour.does_en}"
        words = f"{colour.zh} {colour.en}: {does}"
        if x + 40 + svg.width_of(words, 11.5) > layout.width - place.MARGIN:
            x, y = place.MARGIN, y + 20
        yield svg.path([(x, y), (x + 22, y)], colour.ink, 4)
        yield svg.text(x + 28, y + 4, words, 11.5)
        x += 46 + svg.width_of(words, 11.5)
