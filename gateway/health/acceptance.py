"""A status that the centre refuses is none: its gateway would count as silent. So the next one is shorter.

A status has an id, and the centre's acknowledgement names what it refuses. First what no store takes is replaced, then
all is left out that the centre can do without, then everything but who and how we are.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import structlog

from domain.incidents import Severity
from domain.standing import Problem

log = structlog.get_logger()

WHOLE, CLEANED, SHORT, SHORTEST = range(4)
AGAIN_S = 600.0  # default of ours: then the whole of it is tried again; the centre may have been mended
GOOD = 60  # so many whole ones without a refusal, and it takes them; what it dislikes may be on one page of many
REMEMBERED = 32  # ids; a refusal comes within a second or two
MAX_WHOLE = 1 << 53  # what JSON readers agree on
NEEDED = frozenset({
    "state", "why", "boot", "at_ms", "gateway", "instance", "site", "software", "site_link", "databases_torn",
    "outbox", "desk", "tasks",
})  # fmt: skip
ENDPOINTS = frozenset({"endpoints", "endpoints_total", "endpoints_list"})


class Acceptance:
    """How much of a status the centre takes. `reason`: why it refused one; empty: it takes all of it."""

    def __init__(self) -> None:
        self.reason = ""
        self._step = WHOLE
        self._said: OrderedDict[str, int] = OrderedDict()
        self._refused_s = 0.0
        self._good = 0

    def fit(self, fields: dict[str, Any], id: str, now_s: float) -> dict[str, Any]:
        """What of the fields to say now, under this id."""
        if self._step and now_s - self._refused_s >= AGAIN_S:
            self._step = WHOLE
        if self.reason and self._step == WHOLE:
            self._good += 1
            if self._good > GOOD:
                log.info("status_taken_again")
                self.reason = ""
        self._said[id] = self._step
        while len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return {"id": id, **_told(fields, self._step)}

    def refused(self, id: str, reason: str, now_s: float) -> bool:
        """The centre refuses a message; True where it is a status of ours, and the next one should go at once."""
        step = self._said.pop(id, None)
        if step is None:
            return False
        if not self.reason:
            log.warning("status_refused", reason=reason)
        self.reason, self._refused_s, self._good = clean(reason[:64]) or "refused", now_s, 0
        further = step >= self._step and step < SHORTEST
        self._step = max(self._step, min(step + 1, SHORTEST))
        return further

    def problems(self) -> list[Problem]:
        """What is wrong, for an incident that says so."""
        return [Problem(rule="status_refused", severity=Severity.MAJOR, reason=self.reason)] if self.reason else []


def _told(fields: dict[str, Any], step: int) -> dict[str, Any]:
    if step == WHOLE:
        return fields
    kept = {CLEANED: fields.keys(), SHORT: NEEDED | ENDPOINTS, SHORTEST: NEEDED}[step]
    return {name: clean(value) for name, value in fields.items() if name in kept}


def clean(value: Any) -> Any:
    """The same, without what some store does not take: halves of characters, NUL, numbers beyond what JSON means."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "?")
    if isinstance(value, dict):
        return {clean(name): clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -MAX_WHOLE < value < MAX_WHOLE:
        return None
    return value
