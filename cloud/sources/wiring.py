"""Puts the parts of this room together."""

from __future__ import annotations

from collections.abc import Callable

from cloud.plan import Plan
from cloud.routing.placing import Placing
from cloud.sources.create import Creator, Merging
from cloud.sources.desk import Sources
from cloud.sources.finds import Finds
from cloud.sources.matters_file import load_matters
from cloud.sources.tracks import Tracks
from cloud.store.engine import Store
from domain.matters import Matters
from runtime.clock import Clock


def open_sources(
    store: Store, plan: Plan, placing: Placing, merging: Merging, clock: Clock, matters: Matters | None,
    tell: Callable[[frozenset[str]], None],
) -> tuple[Sources, Finds]:  # fmt: skip
    """(what people do, what terminals report). No matters: those we ship."""
    known = matters or load_matters()
    tracks = Tracks(plan)
    creator = Creator(plan, placing, merging, known)
    return Sources(store, plan, creator, tracks, known, clock, tell), Finds(plan, creator, tracks, known)
