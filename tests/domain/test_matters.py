"""Matters and duplicates: what is read, what is refused, when two reports are one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.duplicates import Position, Rule, Seen, near, plain, same
from domain.incidents import Kind, Severity
from domain.matters import MatterError, Matters, check_new, doubts

FILE = Path(__file__).resolve().parents[2] / "cloud/config/matters.toml"
HERE = Position(lat_udeg=30_274_150, lon_udeg=120_155_150)
RULE = Rule(kinds=frozenset({Kind.HAZARD}), within_m=30, hours=72)


def table(**changes: Any) -> dict[str, Any]:
    """The shipped file, changed."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) | changes


def seen(**changes: Any) -> Seen:
    """A blocked stair."""
    values = {"kind": Kind.HAZARD, "matter": "escape_blocked", "grid": "g1", "place": "3号楼 2单元", "position": None}
    return Seen(**{**values, "at_ms": 1_795_324_297_817, **changes})


def test_the_shipped_matters_are_usable() -> None:
    """Words of the terminals first: their `fire` is a hazard, not a fire; an unknown word is no lost report."""
    matters = Matters.from_table(table())

    assert [matters.named(word).code for word in ("fire", "escape", "wages", "?")] == [
        "fire_hazard", "escape_blocked", "wages", "other",
    ]  # fmt: skip
    assert all(matter.name("zh") and matter.name("en") for matter in matters.matters)
    assert {line.code for line in matters.lines} == {"12345", "110"}


def test_urgency_is_read_by_the_table_and_never_below_the_matter() -> None:
    """normal, urgent, danger; a fire is never minor."""
    matters = Matters.from_table(table())
    stair, fire = matters.require("neighbours"), matters.require("fire")

    assert [matters.severity(stair, word) for word in ("normal", "urgent", "danger")] == ["minor", "major", "critical"]
    assert matters.severity(fire, "normal") is Severity.MAJOR
    with pytest.raises(MatterError, match="urgency 'now' is not known; use one of normal, urgent, danger"):
        matters.severity(fire, "now")


def test_departments_of_the_sample_see_to_matters_that_exist() -> None:
    """A code of the table, or a kind."""
    text = FILE.with_name("sample_departments.toml").read_text(encoding="utf-8")
    named = {word for department in tomllib.loads(text)["departments"] for word in department["matters"]}

    assert named <= {matter.code for matter in Matters.from_table(table()).matters} | set(Kind)


STALL = {"code": "stall", "zh": "摊", "en": "Stall", "kind": "environment"}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no_matters": ({"matters": []}, "1 to 500 matters"),
    "bad_code": ({"matters": [STALL | {"code": "Big"}], "other": "Big"}, "small letters"),
    "bad_kind": ({"matters": [STALL | {"kind": "x"}], "other": "stall"}, "matter stall"),
    "unknown_field": ({"matters": [STALL | {"size": 1}], "other": "stall"}, "matter stall.*it has code"),
    "of_the_system": ({"matters": [STALL | {"kind": "gateway_offline"}], "other": "stall"}, "only the system itself"),
    "twice": ({"matters": [STALL, STALL], "other": "stall"}, "stall named twice"),
    "word_twice": (
        {"matters": [STALL | {"handheld": ["a"]}, STALL | {"code": "b", "handheld": ["a"]}], "other": "stall"},
        "a named twice",
    ),
    "no_other": ({"other": "nothing"}, "other = 'nothing' is no matter"),
    "no_urgency": ({"urgency": {"normal": "minor"}}, "urgent"),
    "bad_line": ({"lines": [{"code": "A b", "zh": "x", "en": "x"}]}, "small letters"),
    "line_fields": ({"lines": [{"code": "a"}]}, "line a"),
    "far": ({"duplicates": [{"kind": ["hazard"], "within_m": 0, "hours": 1}]}, "within_m must be a whole number"),
    "ruled_twice": (
        {"duplicates": [{"kind": ["hazard", "service"], "within_m": 1, "hours": 1}, {"kind": ["hazard"], "within_m": 1, "hours": 1}]},  # noqa: E501
        "hazard are ruled twice",
    ),
    "missed": ({"missed": {"kind": ["x"]}}, "matters: 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_wrong_table_says_what_to_mend(name: str) -> None:
    """The entry and the remedy."""
    changes, text = BAD[name]
    with pytest.raises(MatterError, match=text):
        Matters.from_table(table(**changes))


OLD: dict[str, tuple[dict[str, Any], str]] = {
    "no_zh": ({"zh": " "}, "matter stall: zh must be a text of 1 to 100 letters"),
    "no_en": ({"en": ""}, "matter stall: en must be"),
    "long": ({"zh": "摊" * 101}, "1 to 100 letters"),
    "many": ({"handheld": [f"w{n}" for n in range(51)]}, "handheld has more than 50 words"),
    "empty_word": ({"handheld": ["", "a"]}, "handheld must be a list of words"),
}


@pytest.mark.parametrize("name", sorted(OLD))
def test_what_an_earlier_release_let_pass_is_read_and_refused_where_it_is_new(name: str) -> None:
    """A centre starts after an upgrade; every name is something to show, no word is empty."""
    changes, text = OLD[name]
    old = table(matters=[STALL | changes], other="stall")
    (matter,) = Matters.from_table(old).matters

    assert matter.zh.strip()
    assert matter.en.strip()
    assert all(matter.handheld)
    assert any(text in doubt for doubt in doubts(old))
    with pytest.raises(MatterError, match=text):
        check_new(old)


def test_every_token_of_a_line_goes_on_speaking_for_it() -> None:
    """However many there were."""
    names = [f"relay-{number}" for number in range(60)]
    old = table(lines=[{"code": "12345", "zh": "热线", "en": "Hotline", "tokens": names}])

    assert Matters.from_table(old).lines[0].speaks("token:relay-59")
    assert doubts(old) == ("line 12345: tokens has more than 50 words",)
    assert doubts(table()) == ()


def test_a_matter_that_is_not_there_names_the_list() -> None:
    """What to do next."""
    with pytest.raises(MatterError, match="GET /api/matters"):
        Matters.from_table(table()).require("nothing")


@pytest.mark.parametrize(
    ("changes", "one"),
    [
        ({}, True),
        ({"place": "3号楼2单元。"}, True),
        ({"place": "3号楼3单元"}, False),
        ({"grid": "g2"}, False),
        ({"matter": "gas_smell"}, False),
        ({"matter": None}, True),
        ({"kind": Kind.SERVICE}, False),
        ({"at_ms": 1_795_324_297_817 + 72 * 3_600_000}, True),
        ({"at_ms": 1_795_324_297_817 + 72 * 3_600_000 + 1}, False),
    ],
    ids=str,
)
def test_two_reports_are_one_matter(changes: dict[str, Any], one: bool) -> None:
    """By kind, matter, place and time."""
    assert same(RULE, seen(), seen(**changes)) is one


def test_positions_decide_where_both_have_one() -> None:
    """29 m are one place across the border of a grid, 40 m are two whatever is written down."""
    one = seen(position=HERE)
    beside = Position(lat_udeg=HERE.lat_udeg + 260, lon_udeg=HERE.lon_udeg)
    away = Position(lat_udeg=HERE.lat_udeg, lon_udeg=HERE.lon_udeg + 420)

    assert same(RULE, one, seen(position=beside, grid="g2", place="?"))
    assert not same(RULE, one, seen(position=away))
    assert same(RULE, one, seen()), "without a position the words decide"


def test_a_fire_is_one_within_its_grid() -> None:
    """As rooms of one fire are."""
    rule = Rule(kinds=frozenset({Kind.FIRE}), within_m=100, hours=2, whole_grid=True)

    assert same(rule, seen(kind=Kind.FIRE, matter="fire"), seen(kind=Kind.FIRE, matter=None, place="Room A"))
    assert not same(RULE, seen(place=""), seen(place="")), "no place is no place"


def test_what_is_near_is_shown_whatever_its_kind() -> None:
    """A suggestion, not a decision."""
    rule = Rule(kinds=frozenset(), within_m=200, hours=168)

    assert near(rule, seen(), seen(kind=Kind.DISPUTE, place="elsewhere"))
    assert not near(rule, seen(position=HERE), seen(position=Position(lat_udeg=HERE.lat_udeg + 3000, lon_udeg=0)))


positions = st.builds(
    Position, lat_udeg=st.integers(-60_000_000, 60_000_000), lon_udeg=st.integers(-179_000_000, 179_000_000)
)
moments = st.integers(0, 2**41)


@given(positions, st.integers(-3000, 3000), st.integers(-3000, 3000), moments, moments)
def test_who_is_asked_first_does_not_matter(at: Position, north: int, east: int, one_ms: int, other_ms: int) -> None:
    """Symmetric, except within a metre of the limit, where the earth is not flat."""
    other = Position(lat_udeg=at.lat_udeg + north, lon_udeg=at.lon_udeg + east)
    a, b = seen(position=at, at_ms=one_ms), seen(position=other, at_ms=other_ms)

    assert abs(at.metres_to(other) - other.metres_to(at)) < 1
    if abs(at.metres_to(other) - RULE.within_m) > 1:
        assert same(RULE, a, b) == same(RULE, b, a)


@given(st.text(max_size=40))
def test_a_place_is_the_same_as_itself(text: str) -> None:
    """Blanks and width do not count."""
    assert plain(f"  {text}，") == plain(text)
    assert plain("３号楼") == plain("3号楼")


def test_a_token_speaks_for_its_own_line() -> None:
    """People speak for every line; a line that names nobody takes any token."""
    hotline = {"code": "12345", "zh": "热线", "en": "Hotline", "tokens": ["hotline"]}
    line = Matters.from_table(table(lines=[hotline])).line("12345")

    assert line is not None
    assert [line.speaks(actor) for actor in ("token:hotline", "token:police", "zhou-mingyuan")] == [True, False, True]
    free = Matters.from_table(table()).line("110")
    assert free is not None
    assert free.speaks("token:police")


def test_a_position_lies_on_earth() -> None:
    """91 degrees north is a fault of somebody's."""
    with pytest.raises(ValueError, match="latitude"):
        Position(lat_udeg=91_000_000, lon_udeg=0)
