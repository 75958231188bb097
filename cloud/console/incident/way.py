"""The way of an incident through its stages, as it is drawn above its page."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.board.views import IncidentDetail, LogEntry
from cloud.console.picture import STAGES
from domain.incidents import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of it."""

    stage: str
    state: str  # past, skipped, now, todo
    at_ms: int | None  # when it came there last


def way_of(detail: IncidentDetail) -> tuple[Step, ...]:
    """Every stage in its order; of what is void only those it has been through."""
    came = {Stage.REPORTED.value: detail.log[0].at_ms if detail.log else detail.row.raised_at_ms}
    came |= {entry.to_stage: entry.at_ms for entry in detail.log if entry.to_stage and _moved(entry)}
    stage = Stage(detail.row.stage)
    if stage is Stage.VOID:
        shown: tuple[Stage, ...] = (*(one for one in STAGES if one in came), stage)
    else:
        shown = STAGES
    done = shown.index(stage)
    states = ["past" if one in came else "skipped" for one in shown[:done]]
    states += ["now"] + ["todo"] * (len(shown) - done - 1)
    return tuple(
        Step(stage=str(one), state=state, at_ms=came.get(one) if state != "todo" else None)
        for one, state in zip(shown, states, strict=True)
    )


def _moved(entry: LogEntry) -> bool:
    return entry.from_stage != entry.to_stage
