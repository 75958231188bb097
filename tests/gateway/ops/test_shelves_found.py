"""Whoever stands beside the gateway sees what is kept back: on the page and by the doctor, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.incidents import Kind
from domain.shelving import Shelf
from gateway.ops.doctor.stored import contents
from gateway.ops.findings import Level
from gateway.ops.judge import shelved
from gateway.ops.words import say
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS

HOUR_MS = 3_600_000


def shelf(**changes: Any) -> Shelf:
    """A door for an hour."""
    facts: dict[str, Any] = {"id": "s1", "device": "fire-a", "via": None, "kinds": (Kind.ESCAPE_DOOR,), "rule": None}
    facts |= {"author": "lin", "reason": "换门磁", "from_ms": START_MS, "until_ms": START_MS + HOUR_MS}
    return Shelf(**{**facts, **changes})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_shelf_is_a_warning_and_lives_are_worse(lang: str) -> None:
    """Who, what, why, until when; over when its time is over."""
    door, fire = shelf(), shelf(device=None, via="switch-3", kinds=(Kind.FIRE,))
    assert shelved((), START_MS).level is Level.GOOD
    assert shelved((door,), START_MS + HOUR_MS).level is Level.GOOD
    found, worse = shelved((door,), START_MS), shelved((door, fire), START_MS)

    assert (found.level, worse.level) == (Level.WARNING, Level.BAD)
    assert "fire-a escape_door lin" in say(found, lang).what
    assert "换门磁" in say(found, lang).what
    assert say(worse, lang).what.index("switch-3") < say(worse, lang).what.index("fire-a")
    assert "unshelve" in say(worse, lang).do


def test_the_doctor_reads_it_from_the_database(tmp_path: Path) -> None:
    """Also while the gateway is stopped."""
    bench = Bench(tmp_path)
    bench._commit(lambda: bench.pipeline.book.shelve(bench.db, shelf(kinds=(Kind.FIRE,))))
    bench.db.close()
    found = {finding.code for finding in contents(tmp_path, None, START_MS + 1000, running=False)}

    assert "shelves_lives" in found
