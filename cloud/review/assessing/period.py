"""What is read of a period, once for every question about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cloud.review.assessing.counts import Within
from cloud.review.assessing.others import ByOthers
from cloud.review.assessing.patrols import PatrolDays, Rosters
from cloud.review.assessing.rules import Ground
from cloud.review.assessing.views import Span
from cloud.review.cases.places import Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Everything that was read of a period for people."""

    session: Session
    span: Span
    within: Within
    ground: Ground
    every: Sequence[Spot]  # all places, whoever asks
    held: Rosters
    days: PatrolDays
    told: Mapping[str, ByOthers]
