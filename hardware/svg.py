"""A few shapes of SVG as text, with coordinates in pixels."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

FONT = "'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', system-ui, sans-serif"


def text(
    x: float, y: float, words: str, size: float = 12, ink: str = "#1f2328", at: str = "start", bold: bool = False
) -> str:
    """One line of text; `at` is start, middle or end."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{ink}" text-anchor="{at}"{weight}>{escape(words)}</text>'
    )


def box(x: float, y: float, width: float, height: float, fill: str, line: str, radius: float = 6) -> str:
    """A rectangle with round corners."""
    size = f'width="{width:g}" height="{height:g}" rx="{radius:g}"'
    return f'<rect x="{x:g}" y="{y:g}" {size} fill="{fill}" stroke="{line}"/>'


def path(points: Iterable[tuple[float, float]], ink: str, width: float = 2) -> str:
    """A line through points."""
    way = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{way}" fill="none" stroke="{ink}" stroke-width="{width:g}" stroke-linejoin="round"/>'


def dot(x: float, y: float, ink: str, radius: float = 3.2) -> str:
    """Where wires meet."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{ink}"/>'


def width_of(words: str, size: float) -> float:
    """About how wide a text is drawn: Chinese characters are square, capitals 0.7, others a little over half."""
    return sum(1.0 if ord(letter) > 0x2E80 else 0.7 if letter.isupper() else 0.56 for letter in words) * size


def pill_width(words: str) -> float:
    """How wide the label with these words is."""
    return width_of(words, 10.5) + 12


def pill(x: float, y: float, words: str, ink: str, at: str = "start") -> str:
    """A coloured label around the height y, beginning (or ending) at x."""
    wide = pill_width(words)
    left = x if at == "start" else x - wide
    label = text(left + wide / 2, y + 3.8, words, 10.5, "#ffffff", "middle", bold=True)
    return box(left, y - 8, wide, 16, ink, ink, 8) + label


def document(width: float, height: float, title: str, shapes: Iterable[str]) -> str:
    """The whole file, on white paper."""
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}">'
    paper = box(0.5, 0.5, width - 1, height - 1, "#ffffff", "#d0d7de", 8)
    return "\n".join([head, f"<title>{escape(title)}</title>", paper, *shapes, "</svg>", ""])


def fitted(x: float, y: float, words: str, room: float, size: float, ink: str = "#1f2328") -> str:
    """A line of text that is drawn smaller where it would be wider than `room`."""
    size = min(size, size * room / max(1.0, width_of(words, size)))
    return text(x, y, words, round(size, 1), ink)
