"""docs/review.md says of the assessment what the tables, the scheme and the console say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cloud.api.assessing import build_router
from cloud.console.texts import LANGUAGES
from cloud.review.assessing.reading import DAYS_MAX, load_scheme
from cloud.settings import SAMPLES
from domain.assessment.grades import Grade
from domain.assessment.indicators import INDICATORS, Indicator, Subject

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## 考核 · Assessment")[1].split("\n## ")[0]
SCHEME = load_scheme(SAMPLES)


@pytest.mark.parametrize("one", INDICATORS, ids=lambda one: one.name)
def test_every_indicator_of_everybody(one: Indicator) -> None:
    """Its words, what counts in both languages, its weight and how many cases it needs."""
    zh, en = LANGUAGES["zh"], LANGUAGES["en"]
    for subject in one.subjects:
        name = f"`{one.name}` {zh[f'assess.ind.{one.name}']} {en[f'assess.ind.{one.name}']}"
        told = [zh[f"assess.how.{subject}.{one.name}"], en[f"assess.how.{subject}.{one.name}"]]
        numbers = [str(SCHEME.weights[subject][one.name]), str(SCHEME.least[one.name])]
        assert f"| {' | '.join([name, *told, *numbers])} |" in SECTION


def test_the_page_names_no_other_indicator() -> None:
    """As often as somebody is judged by it."""
    named = sorted(re.findall(r"^\| `(\w+)`", SECTION, re.MULTILINE))
    assert named == sorted(one.name for one in INDICATORS for subject in Subject if subject in one.subjects)


def test_limits_and_what_is_left_out() -> None:
    """Numbers of the scheme; what is nobody's fault in the words of the console."""
    limits = SCHEME.limits
    told = f"{limits[Grade.EXCELLENT]} 优秀、{limits[Grade.GOOD]} 良好、{limits[Grade.QUALIFIED]} 合格"
    assert told in SECTION
    assert f"不足 {SCHEME.enough_percent}% 时" in SECTION
    assert f"占权重不足 {SCHEME.bad_percent}% 时" in SECTION
    assert f"最多 {DAYS_MAX} 天" in SECTION
    for lang in LANGUAGES.values():
        assert lang["assess.how.spared"] in SECTION
        assert lang["assess.how.not"] in SECTION


def test_every_route_exists() -> None:
    """Method and path."""
    routes = build_router(None).routes  # type: ignore[arg-type]
    known = {route.path for route in routes}  # type: ignore[attr-defined]
    assert set(re.findall(r"GET (/api/review/\w+)", SECTION)) == known
