"""Every sentence the plan's own checks can say is told in the language of the page, in Chinese and in English.

The sentences are read from the source of the checks, so that whoever adds one adds its words too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.console.planning.said import of_file, worded
from cloud.console.words import Words
from domain.coverage import GAP, WORDS, Finding

ROOT = Path(__file__).parents[2]
CHECKS = (
    "domain/grids.py", "domain/grid_codes.py", "domain/succession.py", "domain/geo.py", "domain/geojson.py",
    "domain/people_check.py", "domain/roster.py", "domain/people.py", "domain/shifts.py", "domain/departments.py",
    "domain/dispatch.py", "domain/dispatch_checks.py", "domain/escalation.py", "domain/limits.py", "domain/spans.py",
    "domain/calendar.py", "domain/facilities.py", "domain/matters.py", "domain/duplicates.py", "cloud/plans/given.py",
    "cloud/plans/writing.py", "cloud/console/planning/exchange.py",
)  # fmt: skip
ELSEWHERE = (  # said to those who report, or to developers; never of a document
    "matter '7' is not known", "urgency '7' is not known", "a latitude lies between",
)  # fmt: skip
SAMPLES = {
    "words": "six digits · 六位数字",
    "both[0]": "2026-10-01",
    "count": "2",
    "due": "accept",
    "row['id']": "x",
    "STEPS_MAX": "20",
}
CHINESE = re.compile(r"[\u3400-\u9fff]")
ZH, EN = Words("zh"), Words("en")


def sentence(node: ast.expr) -> str:
    """A literal with a sample in place of each value; empty for what is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = []
    for one in node.values:
        if isinstance(one, ast.FormattedValue):
            text = SAMPLES.get(ast.unparse(one.value), "7")
            parts.append(f"'{text}'" if one.conversion == ord("r") else text)
        elif isinstance(one, ast.Constant):
            parts.append(str(one.value))
    return "".join(parts)


def said_in(path: str) -> Iterator[str]:
    """What a module raises or yields as a sentence."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        what: ast.expr | None = None
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            what = node.exc.args[0]
        elif isinstance(node, ast.Yield):
            what = node.value
        text = sentence(what) if what is not None else ""
        if re.search("[a-z]{3}", text) and not text.startswith(ELSEWHERE) and text != "areas: 7":  # another sentence
            yield text


@pytest.mark.parametrize("path", CHECKS)
def test_every_sentence_of_a_check_is_told_in_both_languages(path: str) -> None:
    """No sentence falls through to its English in a Chinese page, and no Chinese stands in an English one."""
    for text in dict.fromkeys(said_in(path)):
        _, chinese = worded(text, ZH)
        _, english = worded(text, EN)
        assert CHINESE.search(chinese), text
        assert not chinese.startswith("内容不合要求"), text
        assert " · " not in chinese, text
        assert not CHINESE.search(english), text


def test_a_sentence_within_a_sentence_is_told_in_the_same_language() -> None:
    """Of a boundary, of a role in a row of people, of a span in a rule; each feature of a map by itself."""
    nested = {
        "areas: area g1: boundary is empty · 边界为空": ("边界不能用：边界为空", "is empty"),
        "people: person lin: role 'boss' is unknown; roles: a; needs id, name, role": ("没有角色 boss", "no role boss"),
        "dispatch: fire major: accept: '3 x' is not a time above 0; write 5 min": ("受理时限 3 x 不是", "not a time"),
        "matters: matter noise: 'x' is not a valid Kind; it has code, zh": ("有不认识的名称 x", "Unknown name x"),
    }
    for text, (chinese, english) in nested.items():
        assert chinese in worded(text, ZH)[1]
        assert "roles:" not in worded(text, ZH)[1]
        assert english in worded(text, EN)[1]
        assert not CHINESE.search(worded(text, EN)[1])
    faults = "feature 1: is empty · 边界为空; feature 2: is not a feature with properties · 不是带属性的要素 (+3)"
    assert of_file(faults, ZH) == "第 1 个要素：边界为空；第 2 个要素：不是带属性的要素 (+3)"
    assert not CHINESE.search(of_file(faults, EN).removesuffix(" (+3)"))


def test_findings_of_boundaries_are_told_in_one_language() -> None:
    """With their size and place, which need none."""
    for what, words in WORDS.items():
        found = Finding(what=what, areas=("a", "b", "c"), area_m2=3.0, at=(116.5, 39.9))
        assert len(words) == 2
        assert not CHINESE.search(found.said({}, "en"))
        assert CHINESE.search(found.said({}, "zh"))
    assert Finding(what=GAP, areas=("a",), area_m2=3.0, at=(1, 2)).said({"a": "x"}, "zh").startswith("x 内有")
