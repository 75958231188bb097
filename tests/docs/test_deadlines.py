"""docs/deadlines.md says what the tables of domain/deadlines.py and domain/escalation.py do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.deadlines import RUNNING
from domain.escalation import read_chains
from domain.incidents import Stage
from domain.limits import Due
from domain.spans import Span

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "deadlines.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("stage", Stage)
def test_what_runs_when(stage: Stage) -> None:
    """A yes for every deadline that runs at a stage, in the order of the columns."""
    (row,) = re.findall(rf"^\| `{stage}` \|(.*)\|$", PAGE, re.MULTILINE)

    assert [cell.strip() for cell in row.split("|")] == ["yes" if due in RUNNING[stage] else "" for due in Due]


def test_units_are_written_so() -> None:
    """Every example of the table of units can be read."""
    table = PAGE.split("| written |", 1)[1].split("\n\n", 1)[0]
    examples = re.findall(r"`([^`]+)`", table)

    assert len([Span.parse(text) for text in examples]) == 6


@pytest.mark.parametrize("notify", ["tier:street", "all", "department:parks", "role:operator@street", "person:li"])
def test_targets_of_chains(notify: str) -> None:
    """Every form of the table can be read, and stands there."""
    assert read_chains([{"id": "a", "steps": [{"notify": notify}]}])
    assert f"| `{notify.partition(':')[0]}" in PAGE
