"""docs/incidents.md draws exactly the tables of domain/incidents.py and explains every word of them."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from cloud.console.texts import LANGUAGES
from cloud.flow.pauses import EXTEND_MAX_MS, EXTENSIONS_MAX
from domain.escalation import read_chains
from domain.field_work import ANSWERS, contradicts, moves_for
from domain.incidents import BESIDE, CONDITION_MOVES, NEEDS_REASON, STAGE_MOVES, Condition, Kind, Move, Severity, Stage
from domain.joint import PART_MOVES, PartState

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
DISPATCH = tomllib.loads((ROOT / "cloud/config/dispatch.toml").read_text(encoding="utf-8"))
PLACEMENTS = DISPATCH["placements"]
CHAINS = read_chains(DISPATCH["chains"])


def drawn(heading: str) -> set[tuple[str, str, str]]:
    """The (from, move, to) arrows of the first diagram under a heading."""
    return drawn_under(f"\n## {heading}")


def drawn_under(heading: str) -> set[tuple[str, str, str]]:
    """The arrows of the first diagram after a text."""
    section = PAGE.split(heading, 1)[1]
    diagram = section.split("```mermaid", 1)[1].split("```", 1)[0]
    return {(a, move, b) for a, b, move in re.findall(r"^ +(\w+) --> (\w+): (\w+)$", diagram, re.MULTILINE)}


def test_every_move_of_a_stage_is_drawn() -> None:
    """No arrow too many, none missing."""
    assert {(str(a), str(move), str(b)) for (a, move), b in STAGE_MOVES.items()} == drawn("Stage")


def test_every_move_of_a_condition_is_drawn() -> None:
    """No arrow too many, none missing."""
    assert {(str(a), str(event), str(b)) for (a, event), b in CONDITION_MOVES.items()} == drawn("Condition")


@pytest.mark.parametrize("word", [*Stage, *Move, *Condition, *Kind, *Severity])
def test_every_word_is_explained(word: str) -> None:
    """Stages, moves, conditions, kinds and severities stand in the tables of the page."""
    assert f"| `{word}` |" in PAGE


def test_moves_that_need_a_reason() -> None:
    """The page says yes exactly where the code demands a reason."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| (yes|no) \|$", PAGE, re.MULTILINE)

    assert {str(move): "yes" if move in NEEDS_REASON else "no" for move in Move} == dict(rows)


def test_joint_handling_is_the_table() -> None:
    """Every arrow of a department's part, and every state with the word of the console."""
    arrows = {(str(a), str(move), str(b)) for (a, move), b in PART_MOVES.items()}
    assert arrows == drawn_under("### Joint handling")
    for state in PartState:
        assert f"| `{state}` | {LANGUAGES['zh'][f'part.{state}']} |" in PAGE


def test_limits_of_extensions_are_those_of_the_code() -> None:
    """The numbers of the page."""
    assert f"at most {EXTEND_MAX_MS // 86_400_000} days away, at most three times" in PAGE.replace("\n", " ")
    assert EXTENSIONS_MAX == 3


def test_moves_beside_the_stage() -> None:
    """The page names the stages at which each is taken."""
    section = PAGE.split("\n## Beside the stage", 1)[1].split("\n## ", 1)[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", section, re.MULTILINE))

    assert {str(m): "every stage" if at == tuple(Stage) else ", ".join(at) for m, at in BESIDE.items()} == rows


@pytest.mark.parametrize("row", PLACEMENTS, ids=lambda row: f"{row['kind'][0]}-{row['severity'][0]}")
def test_placement_is_the_table(row: dict[str, Any]) -> None:
    """The page shows the tiers and times of cloud/config/dispatch.toml."""
    lists = {name: ", ".join(row[name]) for name in ("kind", "severity", "placed")}
    times = [row[name] for name in ("accept", "feed_back", "overall")]
    cells = [lists["kind"], lists["severity"], lists["placed"], *times, ", ".join(CHAINS[row["chain"]].tiers)]

    assert f"| {' | '.join(cells)} |" in PAGE


@pytest.mark.parametrize("group", [Stage, Move, Condition, Kind, Severity], ids=lambda group: group.__name__.lower())
def test_chinese_is_that_of_the_console(group: type[StrEnum]) -> None:
    """People find the words of the page on the screen."""
    for code in group:
        assert f"| `{code}` | {LANGUAGES['zh'][f'{group.__name__.lower()}.{code}']} |" in PAGE


HOLDERS = {"nobody's": (False,), "his": (True,), "somebody else's": (False,), "": (True, False)}
COLUMNS = (("accepted",), ("on_the_way",), ("on_site",), ("done",), ("declined",))


def test_answers_of_workers_are_the_table_of_the_code() -> None:
    """Every cell: the moves it names, a dash for nothing, or a contradiction that is put on record."""
    table = PAGE.split("## Answers of workers", 1)[1]
    seen = set()
    for line in re.findall(r"^\| (`.+) \|$", table, re.MULTILINE):
        stages, holder, *cells = [cell.strip() for cell in line.split("|")]
        for stage, holds in product(re.findall(r"`(\w+)`", stages), HOLDERS[holder]):
            for answers, cell in zip(COLUMNS, cells, strict=True):
                named = () if cell in ("–", "on record") else tuple(Move(m.replace(" ", "_")) for m in cell.split(", "))
                for answer in answers:
                    seen.add((stage, holds, answer))
                    assert moves_for(Stage(stage), answer, holds=holds) == named
                    assert contradicts(Stage(stage), answer, holds=holds) == (cell == "on record")
    assert len(seen) == len(ANSWERS) * (2 * len(Stage) - 1), "who reported nothing holds nothing"
