"""Areas of cases as they were when they happened: which ones somebody sees, and what lies below which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.board.choosing import Sees
from cloud.store.models_review import CaseArea


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One area of a chain."""

    id: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place of cases, and what it lies in, lowest first."""

    area: int
    grid: str
    site: str
    chain: tuple[Step, ...]

    def within(self, at: str) -> bool:
        """True where an area stood above it."""
        return any(step.id == at for step in self.chain)

    def below(self, at: str) -> Step | None:
        """The area right below `at` that holds it, of the top where `at` is empty; None where it is `at` itself."""
        if not at:
            return self.chain[-1] if self.chain else None
        numbers = [number for number, step in enumerate(self.chain) if step.id == at]
        return self.chain[numbers[0] - 1] if numbers and numbers[0] else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """The places that a wish concerns; `all` where these are all there are."""

    spots: tuple[Spot, ...]
    all: bool

    @property
    def areas(self) -> list[int] | None:
        """Their numbers; None: all."""
        return None if self.all else [spot.area for spot in self.spots]


class Places:
    """All places where cases happened. None is ever changed or deleted, so only new ones are a reason to read."""

    def __init__(self) -> None:
        self._known: tuple[int, tuple[Spot, ...]] = (0, ())  # how many, and all; numbers may be stored out of order

    def every(self, session: Session) -> tuple[Spot, ...]:
        """As of now."""
        count = session.scalar(select(func.count()).select_from(CaseArea)) or 0
        if self._known[0] != count:
            self._known = (count, tuple(_read(session)))
        return self._known[1]


def _read(session: Session) -> Iterable[Spot]:
    rows = session.execute(select(CaseArea.id, CaseArea.grid, CaseArea.site, CaseArea.chain).order_by(CaseArea.id))
    return (Spot(area=number, grid=grid, site=site, chain=tuple(_steps(chain))) for number, grid, site, chain in rows)


def spots_of(every: Sequence[Spot], sees: Sees, at: str = "", grid: str = "") -> Spots:
    """What somebody sees now, of an area as it was then, of a grid by its code."""
    found = tuple(
        spot
        for spot in every
        if (not grid or spot.grid == grid) and (not at or spot.within(at)) and sees(spot.grid, spot.site)
    )
    return Spots(spots=found, all=len(found) == len(every))


def _steps(chain: Iterable[dict[str, str]]) -> Iterable[Step]:
    return (Step(id=one.get("id", ""), name=one.get("name", ""), level=one.get("level", "")) for one in chain)
