"""The connection sheet of an endpoint: one page of A4 that a technician ticks off, as HTML to be printed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from hardware import wire_colours
from hardware.design import Design, Wire
from hardware.wire_colours import Colour
from hardware.wiring import pad_rail

_STYLE = """
@page { size: A4; margin: 8mm }
body { font: 7.3pt/1.25 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', system-ui, sans-serif; color: #1f2328;
  margin: 0 auto; max-width: 192mm }
h1 { font-size: 14pt; margin: 0 } h2 { font-size: 9pt; margin: 2.2mm 0 .8mm } p { margin: .6mm 0 }
table { border-collapse: collapse; width: 100% } td, th { border: .2mm solid #afb8c1; padding: .35mm 1.2mm;
  text-align: left; vertical-align: top }
td:not(:last-child), th { white-space: nowrap } th { background: #f6f8fa; font-weight: 600 }
i { display: inline-block; width: 6mm; height: 2.2mm; border-radius: 1mm; margin-right: 1mm }
b.tick { display: inline-block; width: 2.6mm; height: 2.6mm; border: .3mm solid #1f2328 }
.soft { color: #57606a } .warn { color: #a40e26; font-weight: 600 } ol, ul { margin: 0; padding: 0; list-style: none }
.two { columns: 2; column-gap: 6mm } li { break-inside: avoid } footer { margin-top: 2mm }
"""
_TICK = '<b class="tick"></b>'


def _colour(colour: Colour) -> str:
    return f'<i style="background:{colour.ink}"></i>{colour.zh} {colour.en}'


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _ends(wires: Iterable[Wire]) -> str:
    return escape(" · ".join(wire.where for wire in wires))


def _signals(design: Design) -> str:
    rows = []
    for name, gpio in design.pins.items():
        net, pin = design.endpoint.nets[name], design.board.pin(gpio)
        if net.use == "fixed" or pin is None:
            continue
        colour, ends = _colour(wire_colours.of(design, name)), _ends(design.on(name))
        rows.append((_TICK, f"<b>{pin.place}</b>", f"GPIO{gpio}", colour, f"<b>{ends}</b>", name, _both(net.does)))
    heads = ("✓", "板上 place", "脚 pin", "线色 wire", "端子 terminals", "线名 net", "作用 what it does")
    return _table(heads, rows)


def _both(words: object) -> str:
    return f'{escape(getattr(words, "zh", ""))} <span class="soft">{escape(getattr(words, "en", ""))}</span>'


def _pads(design: Design, rail: str) -> str:
    pads = [f"A1 {pad.name} {pad.place}" for pad in design.board.pads if pad_rail(design, pad.name) == rail]
    if len(pads) > 2:
        pads = [f"A1 {pads[0].split()[1]}（任一 any）"]
    return escape(" · ".join(pads) + (" · " if pads else ""))


def _supplies(design: Design) -> str:
    rows = []
    for name, rail in design.endpoint.rails.items():
        ends = _pads(design, name) + _ends(design.on(name))
        rows.append((_TICK, f"<b>{name.upper()}</b>", f"{rail.volts:g}", _colour(wire_colours.of(design, name)), ends))
    for name, words in design.endpoint.links.items():
        ends = _ends(design.on(name)) + ("" if len(design.on(name)) > 1 else f" ← {_both(words)}")
        rows.append((_TICK, f"<b>{name.upper()}</b>", "", _colour(wire_colours.of(design, name)), ends))
    return _table(("✓", "标签 label", "V", "线色 wire", "端子 terminals"), rows)


def _notes(design: Design) -> str:
    said: dict[str, str] = {}
    for placed, part in design.known():
        if part.note is not None:
            refs = said.get(part.id, "")
            said[part.id] = f"{refs}, {placed.ref}" if refs else placed.ref
    parts = {part.id: part for _, part in design.known()}
    items = [f'<li class="warn"><b>A1</b> {_both(design.board.caution)}</li>']
    for part_id, refs in said.items():
        note = parts[part_id].note
        danger = ' class="warn"' if "220 V" in getattr(note, "zh", "") else ""
        items.append(f"<li{danger}><b>{refs}</b> {_both(note)}</li>")
    due = [f"{p.ref} {part.calibration_months}" for p, part in design.known() if part.calibration_months]
    if due:
        items.append(f"<li>校准周期（月） calibration, months: {', '.join(due)}</li>")
    return f'<ul class="two">{"".join(items)}</ul>'


def _checks(design: Design) -> str:
    items = (f"<li>{_TICK} {_both(check)}</li>" for check in design.endpoint.checks)
    return f'<ol class="two">{"".join(items)}</ol>'


def html(design: Design) -> str:
    """The page."""
    endpoint, board = design.endpoint, design.board
    made = [name for name, net in endpoint.nets.items() if net.use == "fixed"]
    on_board = f'<p class="soft">板上已接 made on the board: {", ".join(made)}</p>' if made else ""
    title = f"{endpoint.title.zh} {endpoint.title.en}"
    parts = " · ".join(f"<b>{p.ref}</b> {escape(part.title.zh)}" for p, part in design.known())
    sections = [
        f"<h1>{title} · 接线单 connection sheet</h1>",
        f"<p>{escape(board.name)} · {escape(board.maker)} · ↑ {_both(board.top)} · "
        f"镜像 image {escape(board.image.name)} {board.image.version}</p>",
        f"<p>{_both(endpoint.enclosure)}</p>",
        f'<p class="soft"><b>A1</b> {escape(board.name)} · {parts}</p>',
        "<h2>1 电源与地，断电接线 · supplies and ground, with the power off</h2>" + _supplies(design),
        "<h2>2 信号 · signals</h2>" + _signals(design) + on_board,
        "<h2>3 注意 · mind</h2>" + _notes(design),
        "<h2>4 检查 · checks</h2>" + _checks(design),
        "<footer>编号 id ____________________ 网格 grid ________ 地点 place ____________________ "
        "接线人 wired by __________ 日期 date __________</footer>",
    ]
    head = f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return "\n".join([head, *sections, "</html>", ""])
