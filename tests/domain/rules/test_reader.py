"""Rules that cannot be used are refused on load, with the place and the remedy."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from domain.incidents import Kind
from domain.rules.reader import read_rule
from domain.rules.rule import NOT_FOR_RULES, RuleError

GOOD = {
    "name": "motor_hot",
    "endpoints": ["lift"],
    "raises": "lift_fault",
    "source": "default",
    "minor": {"when": {"channel": "motor_temp", "high": 60, "clear": 55}, "on_s": 60, "off_s": 60},
}
HOT = {"channel": "motor_temp", "high": 60, "clear": 55}


def step(when: object, **more: object) -> dict[str, Any]:
    """The good rule with another condition."""
    return {"minor": {"when": when, **more}}


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"name": "Hot!"}, "name", "small letters"),
        ({"name": 3}, "name", "text in quotes"),
        ({"source": " "}, "source", "text in quotes"),
        ({"surprise": 1}, "surprise", "known here: name"),
        ({"endpoints": []}, "endpoints", "fire, lift"),
        ({"endpoints": ["lift", "lift"]}, "endpoints", "different names"),
        ({"endpoints": ["boat"]}, "endpoints", "'boat'"),
        ({"raises": "boredom"}, "raises", "water_pressure"),
        ({"raises": []}, "raises", "water_pressure"),
        ({"latch": 1}, "latch", "true or false"),
        ({"minor": 3}, "minor", "not a table"),
        ({"minor": {}}, "minor.when", "is missing"),
        (step(3), "minor.when", "not a table"),
        (step({}), "minor.when", "exactly one of"),
        (step({**HOT, "low": 3}), "minor.when", "high and low"),
        (step({**HOT, "days": ["mon"]}), "minor.when.days", "is unknown"),
        (step(HOT, on_s=-1), "minor.on_s", "0 to 604800"),
        (step(HOT, on_s="1 min"), "minor.on_s", "a number"),
        (step(HOT, off_s=10**9), "minor.off_s", "out of range"),
        (step({**HOT, "channel": "smoke"}), "minor.when.channel", "motor_temp"),
        (step({**HOT, "channel": "tamper"}), "minor.when.high", "is = true"),
        (step({**HOT, "high": 900}), "minor.when.high", "-40.0 to 200.0 Cel"),
        (step({**HOT, "high": "warm"}), "minor.when.high", "a number"),
        (step({**HOT, "high": float("nan")}), "minor.when.high", "a number"),
        (step({**HOT, "clear": 61}), "minor.when.clear", "above high"),
        (step({"channel": "motor_temp", "low": 0, "clear": -1}), "minor.when.clear", "below low"),
        (step({"channel": "motor_temp", "high": 60}), "minor.when.clear", "is missing"),
        (step({"channel": "tamper", "is": 1}), "minor.when.is", "never says that"),
        (step({"channel": "mode", "is": True}), "minor.when.is", "never says that"),
        (step({"channel": "mode", "is": [99]}), "minor.when.is", "never says that"),
        (step({"channel": "mode", "is": []}), "minor.when.is", "name the states"),
        (step({"missing": "smoke"}), "minor.when.missing", "motor_temp"),
        (step({"between": ["22:00", "06:00"]}), "minor.when", "names no channel"),
        (step({"between": "night"}), "minor.when.between", '["22:00", "06:00"]'),
        (step({"between": ["22:00", "6"]}), "minor.when.between", "time of day"),
        (step({"between": ["22:00", "24:01"]}), "minor.when.between", '"24:00"'),
        (step({"between": ["22:00", "06:00"], "days": ["moon"]}), "minor.when.days", "mon, tue"),
        (step({"all": []}), "minor.when.all", "1 to 16"),
        (step({"all": [HOT] * 17}), "minor.when.all", "1 to 16"),
        (step({"any": [HOT, {"not": 3}]}), "minor.when.any[2].not", "not a table"),
        (step({"not": {"not": {"not": {"not": {"not": {"not": {"not": HOT}}}}}}}), "minor.when", "too deep"),
        (step({"n_of": 3, "of": 2, "when": HOT}), "minor.when.n_of", "n of m"),
        (step({"n_of": 3, "of": 200, "when": HOT}), "minor.when.n_of", "at most 64"),
        (step({"n_of": 2.5, "of": 3, "when": HOT}), "minor.when.n_of", "whole number"),
        (step({"pattern": [HOT], "times": 0, "within_s": 9}), "minor.when.times", "1 to 64"),
        (step({"pattern": [HOT], "times": 1, "within_s": 0}), "minor.when.times", "above 0"),
        (step({"channel": "tamper", "rise_per_min": 1, "clear": 0, "window_s": 60}), "minor.when.rise_per_min", "is ="),
        (step({"channel": "speed", "fall_per_min": 1, "clear": 2, "window_s": 60}), "minor.when.fall_per_min", "clear"),
        (step({"channel": "speed", "fall_per_min": 1, "clear": 0, "window_s": 1}), "minor.when.window_s", "4 to 3600"),
        ({"suppress": {"channel": "smoke", "is": True}}, "suppress.channel", "motor_temp"),
    ],
)
def test_a_wrong_rule_is_refused_with_place_and_remedy(change: dict[str, Any], where: str, says: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(RuleError) as refused:
        read_rule({**GOOD, **change}, "rules[1]")
    assert refused.value.where.startswith(f"rules[1].{where}")
    assert says in str(refused.value)


def test_a_rule_without_steps_is_refused() -> None:
    """It would never say anything."""
    with pytest.raises(RuleError, match="has no step"):
        read_rule({name: value for name, value in GOOD.items() if name != "minor"}, "rules[1]")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (step(HOT, on_s=1), "minor.on_s"),
        (step({"n_of": 2, "of": 3, "when": HOT}), "minor.when"),
        (step({"any": [HOT, {"not": {"pattern": [HOT], "times": 1, "within_s": 5}}]}), "minor.when"),
        (step({"all": [HOT, {"between": ["22:00", "06:00"]}]}), "minor.when"),
        ({"suppress": {"channel": "mode", "is": 2}, **step(HOT)}, "suppress"),
    ],
)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.life_safety and kind is not Kind.ENTRAPMENT])
def test_life_safety_waits_for_nothing_and_is_kept_from_nobody(kind: Kind, change: dict[str, Any], where: str) -> None:
    """No on-delay, nothing that waits for more samples, no hours, no suppression."""
    with pytest.raises(RuleError, match="life safety") as refused:
        read_rule({**GOOD, **step(HOT), "raises": str(kind), **change}, "rules[1]")
    assert refused.value.where == f"rules[1].{where}"
    assert read_rule({**GOOD, **step(HOT, off_s=60), "raises": str(kind), "latch": True}, "rules[1]").latch


@pytest.mark.parametrize("kind", sorted(NOT_FOR_RULES))
def test_what_the_gateway_raises_by_itself_is_not_for_rules(kind: Kind) -> None:
    """Two sources would make two incidents of one thing."""
    with pytest.raises(RuleError, match="raises it by itself"):
        read_rule({**GOOD, "raises": str(kind)}, "rules[1]")


@pytest.mark.parametrize(("endpoint", "kind"), [("fire", "fire"), ("lift", "entrapment"), ("handheld", "sos")])
def test_life_safety_that_has_a_judge_of_its_own_is_not_judged_twice(endpoint: str, kind: str) -> None:
    """domain/fire_alarm.py, domain/latched_alarms.py."""
    table = {**GOOD, "endpoints": [endpoint], "raises": kind, **step({"channel": "battery", "low": 5, "clear": 9})}
    with pytest.raises(RuleError, match="judge of its own"):
        read_rule(table, "rules[1]")


def test_every_refusal_is_said_in_chinese_too() -> None:
    """Whoever writes a site file reads one of the two."""
    for module in (Path(__file__).resolve().parents[3] / "domain" / "rules").glob("*.py"):
        calls = (node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id == "RuleError":
                assert len(call.args) == 4, f"{module.name}:{call.lineno}"
