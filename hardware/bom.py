"""The list of parts of an endpoint, with quantities and cost."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from hardware.design import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of part."""

    refs: tuple[str, ...]
    name: str
    maker: str
    zh: str
    en: str
    quantity: int
    each_cny: float
    price_note: str
    datasheet: str

    @property
    def total_cny(self) -> float:
        """Price of all of them."""
        return self.quantity * self.each_cny


def _board_line(design: Design) -> Line:
    board = design.board
    return Line(
        refs=("A1",),
        name=board.name,
        maker=board.maker,
        zh="控制板",
        en="controller board",
        quantity=1,
        each_cny=board.price_cny,
        price_note=board.price_note,
        datasheet=board.source,
    )


def lines(design: Design) -> list[Line]:
    """The board first, then the parts in the order of the endpoint's file, the same parts together."""
    grouped: dict[str, list[tuple[str, int]]] = {}
    for placed, part in design.known():
        grouped.setdefault(part.id, []).append((placed.ref, placed.quantity))
    listed = [_board_line(design)]
    for part_id, uses in grouped.items():
        part = design.catalogue[part_id]
        listed.append(
            Line(
                refs=tuple(ref for ref, _ in uses),
                name=part.name,
                maker=part.maker,
                zh=part.title.zh,
                en=part.title.en,
                quantity=sum(quantity for _, quantity in uses),
                each_cny=part.price_cny,
                price_note=part.price_note,
                datasheet=part.datasheet,
            )
        )
    return listed


def total_cny(design: Design) -> float:
    """Cost of all parts of one endpoint."""
    return sum(line.total_cny for line in lines(design))


def as_csv(design: Design) -> str:
    """For a spreadsheet: one line per kind of part, with a heading."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["refs", "part", "maker", "zh", "en", "quantity", "each_cny", "total_cny", "price", "datasheet"])
    for line in lines(design):
        price = f"{line.each_cny:.2f}", f"{line.total_cny:.2f}", line.price_note
        rows.writerow(
            [" ".join(line.refs), line.name, line.maker, line.zh, line.en, line.quantity, *price, line.datasheet]
        )
    return out.getvalue()
