"""docs/review.md says of the alarms what the code counts, by which limits, from where."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import fields
from pathlib import Path

from cloud.plan import load_plan
from cloud.plan.files import load_toml
from cloud.review.alarms.findings import figures
from cloud.review.alarms.reading import FILE, LONGEST_MS, AlarmReview
from cloud.review.alarms.span import Behind
from cloud.settings import SAMPLES
from cloud.store.engine import open_store
from domain.assessment.alarm_targets import AlarmTargets
from domain.assessment.periods import DAY_MS
from runtime.clock import Clock


def section(repository: Path) -> str:
    """About the alarms."""
    return (repository / "docs/review.md").read_text(encoding="utf-8").split("## 报警 · Alarms", 1)[1]


def test_every_limit_stands_there_with_its_default(repository: Path) -> None:
    text = section(repository)
    told = dict(re.findall(r"`(\w+)` = ([0-9.]+)", text))
    for field in fields(AlarmTargets):
        if field.name == "positions":
            assert "`positions`" in text
            continue
        assert float(told.pop(field.name)) == field.default, field.name
    assert not told


def test_every_figure_has_its_line_and_its_source(repository: Path, tmp_path: Path) -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|.*\| ([^|]+) \|$", section(repository), re.MULTILINE)
    with closing(open_store(f"sqlite:///{tmp_path / 'empty.db'}")) as store:
        report = AlarmReview(store, load_plan(), Clock()).report(0, DAY_MS)
    names = [one.name for one in figures(report)]
    assert sorted(name for name, _ in rows) == sorted(names)
    assert all(source.strip() for _, source in rows)


def test_every_list_and_bound_is_named(repository: Path) -> None:
    text = section(repository)
    assert [one for one in Behind if f"`{one}`" not in text] == []
    assert f"{LONGEST_MS // DAY_MS} 天" in text


def test_the_file_of_the_config_folder_holds_every_limit() -> None:
    assert set(load_toml(SAMPLES / FILE)) == {field.name for field in fields(AlarmTargets)}
