"""Puts the parts of this room together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cloud.placing import Placing
from cloud.plan import Plan
from cloud.sources.create import Creator
from cloud.sources.desk import Sources
from cloud.sources.finds import Finds
from cloud.sources.matters_file import load_matters
from cloud.sources.merging import Joining
from cloud.sources.tracks import DAYS, Tracks
from cloud.store.engine import Store
from domain.matters import Matters
from runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """Matters: None takes those we ship. Tracks are kept `track_days`."""

    matters: Matters | None = None
    track_days: int = DAYS


def open_sources(
    store: Store, plan: Plan, placing: Placing, clock: Clock, tell: Callable[[frozenset[str]], None],
    options: SourceOptions,
) -> tuple[Sources, Finds]:  # fmt: skip
    """(what people do, what terminals report)."""
    matters = options.matters or load_matters()
    tracks = Tracks(plan, options.track_days)
    creator = Creator(plan, placing, Joining(), matters)
    return Sources(store, plan, creator, tracks, matters, clock, tell), Finds(plan, creator, tracks, matters)
