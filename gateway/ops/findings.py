"""What was found about a gateway, as codes with facts. The words for people: gateway/ops/words, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """How bad."""

    GOOD = 0
    WARNING = 1  # works, somebody should look
    BAD = 2  # somebody is not protected, or will soon not be


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of one check. `facts` fill the words; `topic` is what was looked at."""

    topic: str
    code: str
    level: Level
    facts: Mapping[str, Any] = field(default_factory=dict)


def good(topic: str, code: str, **facts: Any) -> Finding:
    """Nothing to do."""
    return Finding(topic=topic, code=code, level=Level.GOOD, facts=facts)


def warning(topic: str, code: str, **facts: Any) -> Finding:
    """Somebody should look."""
    return Finding(topic=topic, code=code, level=Level.WARNING, facts=facts)


def bad(topic: str, code: str, **facts: Any) -> Finding:
    """Somebody must act."""
    return Finding(topic=topic, code=code, level=Level.BAD, facts=facts)


def worst(findings: list[Finding]) -> Level:
    """The worst of them; good where there are none."""
    return max((finding.level for finding in findings), default=Level.GOOD)
