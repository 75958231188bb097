"""What somebody wants to see of the board, as an address, a form and a kept choice say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from pydantic import BaseModel, Field

from cloud.board.choosing import BOARD_MAX
from cloud.board.filters import ALL, Filter, read_filter
from cloud.console.board.floods import FLOOD_MIN
from cloud.console.words import Words
from cloud.desk import Desk
from domain.grids import Area, AreaTree
from domain.incidents import OVER, Kind, Stage

KEPT_AS = "board"  # the name of the choice
ROWS = 100  # default: rows beside life safety that are drawn at once; three screens
OPENED_MAX = BOARD_MAX // FLOOD_MIN  # floods with their members listed at once: no board has more
KEPT, LINK, BESIDE = "kept", "link", "beside"  # what he has kept; an address; an address, and he has kept another one
NAMES = ("at", "kind", "tier", "stage", "mine", "late")

Rows = Annotated[int, Query(ge=1, le=BOARD_MAX)]
Opened = Annotated[list[Annotated[str, Query(max_length=160)]], Query(max_length=OPENED_MAX)]
Word = Annotated[str, Field(max_length=64)]


class Chosen(BaseModel):
    """The form that keeps a filter."""

    at: Word = ""
    kind: Word = ""
    tier: Word = ""
    stage: Word = ""
    mine: Word = ""
    late: Word = ""

    def said(self) -> dict[str, str]:
        """As an address says it."""
        return {name: value for name in NAMES if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a page is to be drawn."""

    filter: Filter = ALL
    origin: str = KEPT  # where the filter comes from
    rows: int = ROWS
    opened: tuple[str, ...] = ()

    @property
    def said(self) -> dict[str, str]:
        """The filter as an address says it; `all` for none, because nothing means what one has kept."""
        return self.filter.said() or {"all": "1"}

    def query(self, **more: Any) -> str:
        """The address of this view, or of one that differs."""
        return "?" + urlencode(self.said | more)


def wish_of(desk: Desk, request: Request, person: str | None, rows: int, opened: list[str]) -> Wish:
    """What the address says; where it says nothing, what the person has kept."""
    said: Mapping[str, object] = request.query_params
    origin = str(said.get("origin", ""))  # a part of a page knows it already
    if origin not in (KEPT, LINK, BESIDE):
        kept = {} if person is None else desk.preferences.of(person, KEPT_AS)
        spoken = "all" in said or any(name in said for name in NAMES)
        origin = (BESIDE if kept else LINK) if spoken else KEPT
        said = said if spoken else kept
    return Wish(filter=filter_of(desk, said, person), origin=origin, rows=rows, opened=tuple(opened))


def filter_of(desk: Desk, said: Mapping[str, object], person: str | None) -> Filter:
    """With words that this district knows."""
    areas = desk.plan.areas
    return read_filter(said, person or "", (area.id for area in areas.areas), areas.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the form offers."""

    areas: tuple[tuple[int, Area], ...]  # depth, area
    kinds: tuple[str, ...] = tuple(Kind)
    stages: tuple[str, ...] = tuple(stage for stage in Stage if stage not in OVER)
    tiers: tuple[str, ...] = field(default=())


def options_of(tree: AreaTree) -> Options:
    """Areas as a tree, written one below the other."""
    below: dict[str | None, list[Area]] = {}
    for area in tree.areas:
        below.setdefault(area.parent, []).append(area)

    def walk(parent: str | None, depth: int) -> Iterator[tuple[int, Area]]:
        for area in below.get(parent, ()):
            yield depth, area
            yield from walk(area.id, depth + 1)

    return Options(areas=tuple(walk(None, 0)), tiers=tree.levels)


def told(wish: Filter, words: Words, tree: AreaTree) -> str:
    """A filter in words."""
    area = tree.get(wish.at)
    parts = [
        area.name if area else "",
        words.code("kind", wish.kind) if wish.kind else "",
        words.code("tier", wish.tier) if wish.tier else "",
        words.code("stage", wish.stage) if wish.stage else "",
        words.t("filter.mine") if wish.mine else "",
        words.t("filter.late") if wish.late else "",
    ]
    return " · ".join(part for part in parts if part)
