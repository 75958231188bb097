"""Rollouts as people see them: the true state of every endpoint, and what stands still until somebody looks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from domain.incidents import Severity
from domain.rollouts import plan
from domain.rollouts.plan import State
from domain.standing import Problem
from gateway.rollouts import ledger


def problems(db: sqlite3.Connection) -> list[Problem]:
    """For the incident of the kind update_failed: every rollout that is paused."""
    return [
        Problem(rule="rollout_paused", severity=Severity.MINOR, label=f"{rollout.kind} {rollout.version_text}")
        for rollout in ledger.in_state(db, State.PAUSED)
    ]


def report(db: sqlite3.Connection, awake: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Every rollout with its endpoints and its log, newest first."""
    return [_one(db, rollout, awake) for rollout in reversed(ledger.in_state(db))]


def _one(db: sqlite3.Connection, rollout: ledger.Rollout, awake: Callable[[str], bool]) -> dict[str, Any]:
    units = ledger.units(db, rollout.id)
    row: dict[str, Any] = msgspec.to_builtins(rollout)
    return row | {
        "version": rollout.version_text,
        "counts": dict(plan.count(units)),
        "log": ledger.log_of(db, rollout.id),
        "endpoints": [msgspec.to_builtins(unit) | {"awake": awake(unit.device)} for unit in units],
    }
