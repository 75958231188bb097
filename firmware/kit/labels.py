"""The label of an endpoint: id, place, grid, kind, a QR code with the same, and a code that people can read out.

60 x 40 mm, a common size of thermal labels. SVG for screens and label printers, PDF for office printers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import segno
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

WIDTH_MM, HEIGHT_MM = 60.0, 40.0
QR_MM = 23.0
MARGIN_MM = 2.5
KIND_NAMES = {"fire": "消防 FIRE", "lift": "电梯 LIFT", "video": "视频 VIDEO", "handheld": "手持 HANDHELD"}
CHECK_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CHECK_CHARS = 4
PDF_FONT = "STSong-Light"  # one of Adobe's Asian fonts that PDF readers bring along; nothing is embedded
_MARK = "GW1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What stands on it. `chip`: the end of the board's chip id, by which its board is found; not in the QR code."""

    site: str
    device: str
    kind: str
    grid: str
    place: str
    chip: str = ""

    @property
    def check(self) -> str:
        """Four characters that differ when the id was misread; nothing secret."""
        number = int.from_bytes(hashlib.sha256(f"{self.site}/{self.device}".encode()).digest()[:4], "big")
        return "".join(CHECK_ALPHABET[number >> 5 * place & 31] for place in range(CHECK_CHARS))

    @property
    def code(self) -> str:
        """What the QR code holds."""
        return "|".join((_MARK, self.site, self.device, self.kind, self.grid, self.place, self.check))


def read_code(text: str) -> Label:
    """The label of a scanned code. Raises ValueError where it is none or was damaged."""
    words = text.split("|")
    if len(words) != 7 or words[0] != _MARK:
        raise ValueError("not a gridwhistle label")
    label = Label(site=words[1], device=words[2], kind=words[3], grid=words[4], place=words[5])
    if label.check != words[6]:
        raise ValueError(f"check code {words[6]} does not fit {label.site}/{label.device}")
    return label


def units(text: str) -> float:
    """Width in Chinese characters; Latin letters take about half of one."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.56 for char in text)


def wrapped(text: str, width: float) -> list[str]:
    """Lines no wider than that."""
    lines = [""]
    for char in text:
        if units(lines[-1] + char) > width:
            lines.append("")
        lines[-1] += char
    return lines


@dataclass(frozen=True, slots=True)
class Text:
    """One line: baseline from the top, size in mm."""

    x: float
    y: float
    size: float
    words: str
    bold: bool = False


def _fitting(words: str, size: float, width: float) -> float:
    """The size at which the words fit into so many mm."""
    return min(size, width / units(words))


def texts(label: Label) -> list[Text]:
    """Every line of the label."""
    right = MARGIN_MM + QR_MM + 2
    room = WIDTH_MM - right - MARGIN_MM
    lines = [
        Text(right, 6.0, 3.6, KIND_NAMES[label.kind], bold=True),
        Text(right, 11.2, _fitting(label.device, 4.4, room), label.device, bold=True),
        Text(right, 15.6, _fitting(label.site, 2.8, room), label.site),
        Text(right, 20.4, 2.4, "核对码 check"),
        Text(right, 26.0, 5.6, label.check, bold=True),
    ]
    width = WIDTH_MM - 2 * MARGIN_MM
    size = 3.4 if units(label.place) * 3.4 <= 2 * width - 3.4 else 2.8
    rows = wrapped(label.place, width / size)[:2]
    lines += [Text(MARGIN_MM, 30.2 + size * 1.15 * n, size, row) for n, row in enumerate(rows)]
    lines.append(Text(MARGIN_MM, 38.6, 2.4, f"网格 grid {label.grid}"))
    if label.chip:
        lines.append(Text(38.5, 38.6, 2.4, f"芯片 chip {label.chip}"))
    return lines


def _modules(label: Label) -> tuple[list[tuple[int, int]], int]:
    """Dark modules (column, row) and the number in a row, quiet zone included."""
    code = segno.make(label.code, error="m", micro=False, encoding="utf-8")
    rows = [list(row) for row in code.matrix_iter(border=2)]
    return [(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark], len(rows)


def svg(label: Label) -> str:
    """A picture of its own: no font is embedded, Chinese needs one on the machine that prints."""
    dark, count = _modules(label)
    unit = QR_MM / count
    path = "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)
    rows = [
        f'<text x="{t.x:g}" y="{t.y:g}" font-size="{t.size:.2f}" font-weight="{"bold" if t.bold else "normal"}">'
        f"{escape(t.words)}</text>"
        for t in texts(label)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" '
        f'viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}" font-family="Noto Sans CJK SC, Source Han Sans SC, '
        f'Microsoft YaHei, PingFang SC, sans-serif">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<path transform="translate({MARGIN_MM:g} {MARGIN_MM:g}) scale({unit:.5f})" d="{path}"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def pdf(labels: list[Label], path: Path) -> None:
    """One page for each label, in the size of the label."""
    pdfmetrics.registerFont(UnicodeCIDFont(PDF_FONT))
    canvas = Canvas(str(path), pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1)
    canvas.setTitle("gridwhistle " + ", ".join(label.device for label in labels[:3]))
    for label in labels:
        dark, count = _modules(label)
        unit = QR_MM / count
        for x, y in dark:
            top = HEIGHT_MM - MARGIN_MM - (y + 1) * unit
            canvas.rect((MARGIN_MM + x * unit) * mm, top * mm, unit * mm, unit * mm, stroke=0, fill=1)
        for text in texts(label):
            canvas.setFont(PDF_FONT, text.size * mm)
            canvas.drawString(text.x * mm, (HEIGHT_MM - text.y) * mm, text.words)
        canvas.showPage()
    canvas.save()


def write(label: Label, folder: Path) -> tuple[Path, Path]:
    """Both files of one label."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn, printed = folder / f"{label.device}.svg", folder / f"{label.device}.pdf"
    drawn.write_text(svg(label), encoding="utf-8")
    pdf([label], printed)
    return drawn, printed
