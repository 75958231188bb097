"""Every text in every language; every code that the centre can say has a word; times and numbers."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

from cloud.console.texts import LANGUAGES
from cloud.console.view import SPOKEN
from cloud.console.words import Words
from cloud.plan import load_plan
from domain.field_work import ANSWERS
from domain.gb26875.panel_faults import SEVERITIES as PANEL_FAULTS
from domain.incidents import Condition, Kind, Move, Severity, Stage
from domain.people import Role
from gateway.health.self_check import RULES as GATEWAY_RULES
from protocol.channels import CHANNELS

TEMPLATES = Path(__file__).resolve().parents[2] / "cloud" / "console" / "templates"
LANGS = tuple(LANGUAGES)
PLAN = load_plan()
OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
RULES = Path(__file__).resolve().parents[2] / "gateway" / "config" / "rules.toml"


def reasons() -> list[str]:
    """Every reason of a fault that the page for operators explains; that page is held to the code."""
    section = OPERATIONS.read_text(encoding="utf-8").split("Reasons of sensor faults\n")[1].split("\n#")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def rules() -> list[str]:
    """Every rule that a gateway has from the start."""
    return [rule["name"] for rule in tomllib.loads(RULES.read_text(encoding="utf-8"))["rules"]]


LOGGED = (
    "raised",
    "changed",
    "cleared",
    "placed",
    "joined",
    "grouped",
    "released",
    "escalated",
    "notified",
    "chased",
    "task_offered",
    "task_withdrawn",
    "handed_over",
    "answer",
    *Move,
)
CODES = {
    "severity": Severity,
    "fire": Severity,
    "kind": Kind,
    "condition": Condition,
    "stage": Stage,
    "inc": (Stage.CLOSED, Stage.EVALUATED, Stage.VOID),  # what there is to do when it is over
    "move": Move,
    "hint": Move,
    "done": Move,
    "log": LOGGED,
    "answer": ANSWERS,
    "why": ("alone", "dispatched", "taken", "over", "cleared", "revoked"),
    "due": ("accept", "feed_back", "verify", "close"),
    "late": ("accept", "feed_back", "verify", "close"),
    "step": ("waiting", "done", "stopped"),
    "state": ("online", "offline", "unknown"),
    "tier": PLAN.areas.levels,
    "role": {person.role for person in PLAN.roster.people} | set(Role),
    "handover": ("offered", "confirmed", "refused", "withdrawn"),
    "channel": (*CHANNELS, "certificate", "gateway"),
    "unit": {unit for unit, _, _ in CHANNELS.values() if unit not in ("bool", "")} | {"Cel/min", "kPa/min"},
    "fault": reasons(),
    "rule": (
        *rules(),
        "rollout_paused",
        "release_rolled_back",
        "smoke_level",
        "temp_level",
        "temp_rise",
        "co_rise",
        "call_point",
        "entrapment",
        "sos",
        "gateway_silent",
        "not_known",
        "offline",
        "channel_fault",
        "together",
        "flood",
        "chattering",
        "stale",
        "removed",
        "confirmed_nearby",
        "server_ends",
        "authority_ends",
        "centre_ends",
        "client_ends",
        "renewal_failed",
        "identity_damaged",
        "broker_does_not_follow",
        "foreign_broker",
        "same_id_twice",
        *GATEWAY_RULES,
        "panel_fire",
        "panel_manual",
        "panel_more",
        "panel_unknown",
        "panel_port",
        *PANEL_FAULTS,
    ),
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_languages_have_the_same_texts_with_the_same_gaps() -> None:
    first, *others = LANGUAGES.values()
    for other in others:
        assert set(other) == set(first)
        assert {key: fields(text) for key, text in other.items()} == {key: fields(text) for key, text in first.items()}


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_has_a_word(lang: str) -> None:
    missing = [
        f"{group}.{code}"
        for group, codes in CODES.items()
        for code in codes
        if f"{group}.{code}" not in LANGUAGES[lang]
    ]
    assert missing == []


def test_every_text_a_template_or_script_asks_for_exists() -> None:
    asked = set(SPOKEN)
    for template in TEMPLATES.rglob("*.html"):
        asked |= set(re.findall(r'\bt\("([a-z_.]+)"', template.read_text(encoding="utf-8")))
    known = set(LANGUAGES["zh"])
    begun = {key for key in asked if key.endswith((".", "_")) and any(word.startswith(key) for word in known)}
    assert asked - known - begun == set()


@pytest.mark.parametrize(
    ("step", "zh", "en"),
    [
        ("escalate:street", "升级到街道", "goes up to the Street"),
        ("repeat:2", "第 2 次重复呼叫所有人", "everybody is called again (2)"),
        ("chase:1", "第 1 次催办经办人", "the holder is reminded (1)"),
        ("something:new", "something:new", "something:new"),
    ],
)
def test_escalation_steps(step: str, zh: str, en: str) -> None:
    assert (Words("zh").step(step), Words("en").step(step)) == (zh, en)


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "00:00"), (59_999, "00:59"), (-61_000, "01:01"), (3_600_000, "1:00:00"), (90_061_000, "1天 01:01")],
)
def test_spans(ms: int, text: str) -> None:
    assert Words("zh").span(ms) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 秒"), (119_400, "119 秒"), (120_000, "2 分钟"), (7_199_999, "120 分钟"), (7_200_000, "2.0 小时"),
        (172_799_999, "48.0 小时"), (172_800_000, "2.0 天"), (8_640_000_000, "100.0 天"),
    ],
)  # fmt: skip
def test_a_duration_of_figures_has_one_unit(ms: int, text: str) -> None:
    """The next one from two of it on."""
    assert Words("zh").took(ms) == text


def test_times_are_local() -> None:
    at_ms = 1_795_324_297_817  # 2026-11-22T05:11:37Z
    assert Words("zh").clock(at_ms) == "13:11:37"
    assert Words("zh").moment(at_ms, at_ms + 86_400_000) == "11-22 13:11:37"


@pytest.mark.parametrize(
    ("state", "text"), [("good", "正常"), ("missing", "无数据"), ("fault:timeout", "故障：无应答")]
)
def test_health(state: str, text: str) -> None:
    assert Words("zh").health(state) == text
