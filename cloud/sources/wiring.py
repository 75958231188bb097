"""Puts the parts of this room together."""

from __future__ import annotations

from collections.abc import Callable

from cloud.plan import Plan
from cloud.routing.placing import Placing
from cloud.sources.create import Creator, Merging
from cloud.sources.desk import Sources
from cloud.sources.finds import Finds
from cloud.sources.tracks import Tracks
from cloud.store.engine import Store
from runtime.clock import Clock


def open_sources(
    store: Store, plan: Plan, placing: Placing, merging: Merging, clock: Clock, tell: Callable[[frozenset[str]], None]
) -> tuple[Sources, Finds]:
    """(what people do, what terminals report)."""
    tracks = Tracks(plan)
    creator = Creator(plan, placing, merging)
    return Sources(store, plan, creator, tracks, clock, tell), Finds(plan, creator, tracks)
