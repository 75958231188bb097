"""The table of metrics and the example of alert rules name what the programs have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from cloud.metrics.families import FAMILIES, INFO, REQUESTS, SECONDS
from cloud.metrics.present import PREFIX
from cloud.metrics.requests import Route
from gateway.ops.metrics import PREFIX as GATEWAY

ROOT = Path(__file__).parents[2]


def _section(page: str) -> str:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return text.split("\n## 指标 Metrics\n")[1].split("\n## ")[0]


SECTION, GATEWAY_PAGE = _section("operations.md"), _section("gateway.md")
RULES: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "prometheus" / "gridwhistle.rules.yml").read_text("utf-8"))
KNOWN = {f.sample: f.labels for f in FAMILIES} | {
    INFO: ("software",), SECONDS: ("route",), f"{REQUESTS}_total": ("route", "code"),
}  # fmt: skip
PROCESS = {"process_open_fds", "process_max_fds"}


def test_the_table_has_every_metric_with_its_labels() -> None:
    """Once each, in both languages."""
    rows = re.findall(r"^\| `(\w+)(?:\{([\w,]+)\})?` \| (.+) \|$", SECTION, re.MULTILINE)
    told = {name: tuple(labels.split(",")) if labels else () for name, labels, _ in rows}
    assert told == KNOWN
    assert len(rows) == len(told)
    assert [name for name, _, says in rows if not re.search(r"[\u4e00-\u9fff].* · [A-Za-z0-9`]", says)] == []
    assert all(f"`{route}`" in SECTION for route in Route)


def test_alert_rules_are_about_what_there_is() -> None:
    """They parse, each says what to do, and every name and label in an expression exists."""
    names: set[str] = set()
    for rule in _rules():
        names.add(rule["alert"])
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert re.search(r"[\u4e00-\u9fff].*[a-z]", rule["annotations"]["summary"])
        _check(rule["expr"])
    assert len(names) == len(list(_rules()))


def test_each_alert_is_in_what_promtool_tests() -> None:
    """Where it fires; `promtool test rules` itself runs by hand, Debian's package prometheus has it."""
    tested = yaml.safe_load((ROOT / "deploy" / "prometheus" / "gridwhistle.test.yml").read_text("utf-8"))
    said = {sample["labels"] for sample in tested["tests"][0]["promql_expr_test"][0]["exp_samples"]}
    assert said == {f'{{alertname="{rule["alert"]}"}}' for rule in _rules()}


def _rules() -> Iterator[dict[str, Any]]:
    for group in RULES["groups"]:
        yield from group["rules"]


def _check(expr: str) -> None:
    assert expr.count("(") == expr.count(")"), expr
    found = re.findall(r"(gridwhistle_\w+|process_\w+|\bup\b)(?:\{([^}]*)\})?", expr)
    assert found, expr
    for name, given in found:
        labels = set(re.findall(r"(\w+)=", given)) - {"job"}
        if name.startswith(PREFIX):
            own = name.removeprefix(PREFIX)
            own = own.removesuffix("_bucket") if own.startswith(SECONDS) else own
            assert own in KNOWN, name
            assert labels <= set(KNOWN[own]), name
        elif name.startswith(GATEWAY):
            assert re.search(rf"`{name.removeprefix(GATEWAY)}[`{{]", GATEWAY_PAGE), name
        else:
            assert name in PROCESS | {"up"}, name
