"""The line of each field: for any TOML file that a person may write."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.site_file.toml_lines import lines_of

KEYS = st.sampled_from(["a", "b-1", "3", '"quoted = ["', "'it'"])
SCALARS = st.sampled_from(
    [
        *("1", "-1.5e3", "true", "nan", "1979-05-27 07:32:00", "07:32:00.5"),
        *('"text # no comment"', r'"a \" [b"', "'[]'", '""', '""""""'),
        *('"""\nx = 1\n[no]\n"""', "'''\n[[no]]\n'''", '"""a"""""', "''''a''''"),
    ]
)


def _arrays(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    separator = st.sampled_from([", ", ",\n  # why, [this]?\n  "])
    return st.builds(lambda items, mark: f"[{mark[1:]}{mark.join(items)}\n]", st.lists(inner, max_size=3), separator)


def _inline_tables(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.dictionaries(KEYS, inner, max_size=3)
    return pairs.map(lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}")


VALUES = st.recursive(SCALARS, lambda inner: _arrays(inner) | _inline_tables(inner), max_leaves=6)
PAIRS = st.dictionaries(KEYS, VALUES, max_size=4).map(
    lambda items: "".join(f"{key} = {value}  # why\n" for key, value in items.items())
)
HEADERS = st.sampled_from(["[t]", "[t.u]", "[[list]]", "[ list . 'sub' ]", "[[list.deep]]", "[t.u.v]", "# nothing"])
DOCUMENTS = st.lists(st.tuples(HEADERS, PAIRS), max_size=6).map(
    lambda parts: "".join(f"{header}\r\n\n{pairs}" for header, pairs in parts)
)


def _places(value: Any, where: str = "") -> list[str]:
    found = [where] if where else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _places(inner, f"{where}.{key}" if where else key)
    if isinstance(value, list):
        for number, inner in enumerate(value, 1):
            found += _places(inner, f"{where}[{number}]")
    return found


@given(DOCUMENTS, PAIRS)
def test_every_field_that_the_parser_sees_has_a_line(tables: str, pairs: str) -> None:
    """Exactly the same places, and the line of a field holds its name."""
    text = pairs + tables
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a table twice: the parser has told of it
    lines = lines_of(text)
    assert set(lines) == set(_places(document))
    for where, line in lines.items():
        name = where.rsplit(".", 1)[-1]
        assert name.endswith("]") or name in text.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 1\nb.c = 2", {"a": 1, "b": 2, "b.c": 2}),
        ("[[p]]\nx = 1\n[[p]]\n[p.q]\ny = [\n1,\n2]", {"p[2].q.y[2]": 7, "p[1].x": 2, "p": 1, "p[2].q": 4}),
        ('a = """\n\n"""\nb = {c = 1}', {"a": 1, "b": 4, "b.c": 4}),
    ],
)
def test_lines(text: str, lines: dict[str, int]) -> None:
    """As a person counts them."""
    found = lines_of(text)
    assert {where: found[where] for where in lines} == lines
