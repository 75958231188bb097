"""A full site file, broken in any way: refused in plain words, or good; the reader itself never fails."""

from __future__ import annotations

import copy
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.site_file.reader import Problem, SiteError
from gateway.site_file.site import load

FULL = Path(__file__).parent / "full_site.toml"
DOCUMENT = tomllib.loads(FULL.read_text(encoding="utf-8"))
VALUES = st.sampled_from(
    [
        *(True, False, 0, -1, 1, 7, 10**30, 0.5, -1e300, float("nan"), float("inf")),
        *("", "x", "fire", "fire-a", "a/b", "火" * 99, date(2026, 11, 22)),
        *([], [[]], [1], ["x"], ["fire-a"], [{}], [{"x": 1}], {}, {"x": {}}, {"high": 1}),
    ]
)
HOW = st.sampled_from(["set", "set", "set", "remove", "rename", "twice"])
Place = tuple[str | int, ...]


def _places(value: Any, place: Place = ()) -> list[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, part in inner for found in _places(part, (*place, key)))]


PLACES = _places(DOCUMENT)[1:]
# endpoints judge their settings themselves
NAMES = [place for place in PLACES if isinstance(place[-1], str) and "settings" not in place[:-1]]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _broken(place: Place, how: str, value: Any = None) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    inside: Any = document
    for key in place[:-1]:
        inside = inside[key]
    last = place[-1]
    if how == "remove":
        del inside[last]
    elif how == "rename" and isinstance(inside, dict):
        inside[f"{last}x"] = inside.pop(last)
    elif how == "twice" and isinstance(inside, list):
        inside.append(copy.deepcopy(inside[last]))
    else:
        inside[last] = 1 if value is None else value
    return document


def _wrong(folder: Path, document: dict[str, Any]) -> tuple[Problem, ...]:
    """What is said to be wrong with it."""
    path = folder / "site.toml"
    lines = [f"{json.dumps(key)} = {_toml(value)}\n" for key, value in document.items()]
    path.write_text("".join(lines), encoding="utf-8")
    try:
        load(path)
    except SiteError as error:
        return error.problems
    return ()


def test_the_full_file_is_good(tmp_path: Path) -> None:
    """As it stands, and written as one line per section."""
    site = load(FULL)
    assert (len(site.endpoints), len(site.filters), len(site.people.workers), len(site.adapters)) == (3, 1, 1, 1)
    assert _wrong(tmp_path, DOCUMENT) == ()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), HOW, VALUES)
def test_one_thing_wrong(tmp_path: Path, place: Place, how: str, value: Any) -> None:
    """Any value of another kind, anything missing, misspelt or doubled: the words stand on their own, with a line."""
    wrong = _wrong(tmp_path, _broken(place, how, value))
    for problem in wrong:
        assert problem.what
        assert problem.remedy
        assert problem.line is not None or "missing" in problem.what
    if how == "rename" and place in NAMES:
        assert any(problem.where.startswith(_where(place[:-1])) for problem in wrong)


def _where(place: Place) -> str:
    return "".join(f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")
