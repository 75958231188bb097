"""Which rows of two lists are the same thing: by a key where they have one, else by what they say. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
KEYS = ("id", "code", "site", "person", "name", "date")  # what tells rows of a list apart, the first that does


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One thing in two lists; None where it is not there. `key`: its key, or its place where there is none."""

    key: str
    old: Row | None
    new: Row | None


def key_of(*lists: Iterable[Row]) -> str | None:
    """The field that tells the rows of each of these lists apart."""
    found = [list(rows) for rows in lists]
    return next((key for key in KEYS if all(_tells_apart(rows, key) for rows in found)), None)


def _tells_apart(rows: list[Row], key: str) -> bool:
    values = [row.get(key) for row in rows]
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values)


def pairs(old: list[Row], new: list[Row]) -> Iterator[Pair]:
    """Every thing of either list, in the order of the lists."""
    key = key_of(old, new)
    if key is None:
        yield from _by_content(old, new)
        return
    before, after = ({str(row[key]): row for row in rows} for rows in (old, new))
    for name in dict.fromkeys([*before, *after]):
        yield Pair(key=name, old=before.get(name), new=after.get(name))


def text_of(row: Row) -> str:
    """The same for rows that say the same."""
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def _by_content(old: list[Row], new: list[Row]) -> Iterator[Pair]:
    """Equal rows are one; of the rest those that stand for the same (person, or what a rule matches) follow each other.

    A row that is taken out in the middle changes nothing of those behind it.
    """
    left: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(new):
        left[text_of(row)].append(place)
    kept = {place: left[text_of(row)].pop(0) for place, row in enumerate(old) if left[text_of(row)]}
    taken = set(kept.values())
    heirs: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(new):
        if place not in taken:
            heirs[_about(row)].append(place)
    for place, row in enumerate(old):
        if place in kept:
            yield Pair(key=str(kept[place] + 1), old=row, new=new[kept[place]])
            continue
        heir = heirs[_about(row)].pop(0) if heirs[_about(row)] else None
        number = place if heir is None else heir
        yield Pair(key=str(number + 1), old=row, new=None if heir is None else new[heir])
    for place in sorted(place for places in heirs.values() for place in places):
        yield Pair(key=str(place + 1), old=None, new=new[place])


def _about(row: Row) -> str:
    """What a row without a key is about: the person of a shift, the kinds of a rule."""
    return text_of({name: row[name] for name in ("person", "kind", "severity", "areas", "matters") if name in row})
