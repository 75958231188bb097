"""Makes the pictures of docs/flashing.md from a real run: virtual boards, a real broker and a real gateway.

Usage: python -m scripts.flashing_pictures
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from firmware.kit import build, desk, labels, sign, stick
from firmware.kit.worker import Options
from tests.kit.bench import Bench, Site

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH = 132
CELL, LINE, MARGIN = 8.4, 19.0, 14.0
FONT = "Noto Sans Mono CJK SC, Sarasa Mono SC, DejaVu Sans Mono, monospace"
GAP = "\u00a0"  # a row of ordinary spaces would be drawn as one
INK, PAPER = "#e6e6e6", "#1b1d22"


def picture() -> Console:
    """A console that remembers; `save` draws it. No terminal: of moving bars only the last picture is kept."""
    return Console(file=io.StringIO(), width=WIDTH, force_terminal=False, color_system="truecolor")


def save(console: Console, name: str) -> None:
    """What the console showed, as SVG with every character in its cell; rich's own squeezes Chinese."""
    shown = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    lines = shown.rstrip().splitlines()
    rows = [run for n, line in enumerate(lines) for run in _runs(console, line, MARGIN + LINE * (n + 0.8))]
    width, height = WIDTH * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / name).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'font-family="{FONT}" font-size="14">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>\n' + "\n".join(rows) + "\n</svg>\n",
        encoding="utf-8",
    )


def _runs(console: Console, line: str, y: float) -> Iterator[str]:
    """The pieces of one line that look alike, with a place for each character."""
    cell = 0
    for segment in Text.from_ansi(line).render(console):
        places = []
        for char in segment.text:
            places.append(f"{MARGIN + cell * CELL:.1f}")
            cell += cell_len(char)
        if segment.text.strip():
            style = segment.style
            color = style.color.get_truecolor(MONOKAI).hex if style is not None and style.color is not None else INK
            weight = ' font-weight="bold"' if style is not None and style.bold else ""
            words = escape(segment.text.replace(" ", GAP))
            yield f'<text x="{" ".join(places)}" y="{y:.1f}" fill="{color}"{weight}>{words}</text>'


def _no_question(_question: str) -> str:
    return "yes"


async def _show(bench: Bench, site: Site) -> None:
    bench.plan(4)
    site.open(known=lambda part: '"fire-4"' not in part)
    await bench.plug_in(4)
    ports = bench.order().ports
    console = picture()
    await asyncio.to_thread(desk.list_boards, console, ports)
    save(console, "flash-list.svg")
    console = picture()
    await asyncio.to_thread(desk.work, console, bench.order(), Options(), _no_question)
    save(console, "flash-batch.svg")
    console = picture()
    await asyncio.to_thread(desk.work, console, bench.order(ports=ports[:3]), Options(dry_run=True), _no_question)
    save(console, "flash-again.svg")


async def main() -> None:
    """Write docs/images/flash-*.svg and label.svg."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = sign.make_key(folder / "key.pem")
        (folder / "fire.gwb").write_bytes(build.build("esp32_s3", "fire", (1, 0, 0), key))
        stick.pack(folder / "stick", [folder / "fire.gwb"], sign.public_bytes(key), key, "")
        async with AsyncExitStack() as boards:
            bench = Bench(folder, folder / "stick", boards, io.StringIO())
            site = Site(folder, bench)
            try:
                await _show(bench, site)
            finally:
                site.close()
    place = "3号楼2单元11层走廊"
    label = labels.Label(
        site="chunfeng", device="fire-03-2-11", kind="fire", grid="110105001001001", place=place, chip="d688"
    )
    (IMAGES / "label.svg").write_text(labels.svg(label), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
