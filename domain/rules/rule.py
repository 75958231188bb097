"""A rule as a checked value: which endpoints it judges, which incident it raises, and its ladder of steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.incidents import Kind, Severity
from domain.rules.compound import Count, Pattern
from domain.rules.conditions import Between, Condition

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
MAX_DELAY_MS = 7 * 86_400_000  # a week: what takes longer is a calendar, not a delay
# what other parts of the system raise by themselves: a second source would make two incidents of one thing
NOT_FOR_RULES = frozenset(
    {
        Kind.SENSOR_FAULT,
        Kind.ENDPOINT_OFFLINE,
        Kind.ENDPOINTS_OFFLINE,
        Kind.SITE_LINK_DOWN,
        Kind.GATEWAY_OFFLINE,
        Kind.GATEWAY_FAULT,
        Kind.ALARM_FLOOD,
        Kind.CERTIFICATE,
        Kind.UPDATE_FAILED,
        *(kind for kind in Kind if kind.of_people),
    }
)
# kinds of endpoints that have a judge of their own for these: domain/fire_alarm.py, domain/latched_alarms.py
JUDGED_ELSEWHERE = {"fire": Kind.FIRE, "lift": Kind.ENTRAPMENT, "handheld": Kind.SOS}


class RuleError(ValueError):
    """A rule that cannot be used: where it stands, what is wrong, and what to write instead."""

    def __init__(self, where: str, what: str, remedy: str, zh: str = "") -> None:
        super().__init__(f"{where} {what}; {remedy}{' · ' + zh if zh else ''}")
        self.where = where
        self.what = what
        self.remedy = remedy
        self.zh = zh  # what and remedy in Chinese


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung: the severity while its condition has held for `on_ms`, until it has not for `off_ms`."""

    severity: Severity
    when: Condition
    on_ms: int
    off_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """At most one severity at a time: that of the worst step that stands."""

    name: str
    endpoints: tuple[str, ...]  # kinds of endpoints
    raises: Kind
    steps: tuple[Step, ...]  # rising in severity
    source: str  # of its numbers
    suppress: Condition | None = None  # while true it says nothing: suppressed by design
    latch: bool = False  # a person must reset it
    label: str = ""  # how people of the site call it, where the console has no word for its name

    def __post_init__(self) -> None:
        """Raises RuleError."""
        if not NAME.fullmatch(self.name):
            raise RuleError(
                "name",
                f"cannot be {self.name!r}",
                "write small letters, digits and _ (at most 48)",
                "只用小写字母、数字和下划线",
            )
        if not self.steps:
            raise RuleError(
                self.name,
                "has no step",
                "add one, such as minor = {when = {...}, on_s = 0, off_s = 60}",
                "没有任何级别，请补上",
            )
        if self.raises in NOT_FOR_RULES:
            raise RuleError(
                "raises",
                f"cannot be {self.raises}",
                "the gateway raises it by itself; take another kind",
                "由网关自行产生，请另选",
            )
        for step in self.steps:
            _check_step(step)
        if self.raises.life_safety:
            _check_life_safety(self)


def _check_step(step: Step) -> None:
    for name, delay_ms in (("on_s", step.on_ms), ("off_s", step.off_ms)):
        if not 0 <= delay_ms <= MAX_DELAY_MS:
            raise RuleError(
                f"{step.severity}.{name}", "is out of range", f"write 0 to {MAX_DELAY_MS // 1000} seconds", "超出范围"
            )
    if not any(hasattr(node, "channel") for node in nodes_of(step.when)):
        raise RuleError(
            f"{step.severity}.when", "names no channel", "a rule judges what an endpoint measures", "条件里没有通道"
        )


def _check_life_safety(rule: Rule) -> None:
    """A fire, trapped people and a call for help wait for nothing and are kept from nobody."""
    what = f"delays {rule.raises}, which is life safety"
    if any(JUDGED_ELSEWHERE.get(kind) is rule.raises for kind in rule.endpoints):
        raise RuleError(
            "raises",
            f"cannot be {rule.raises} for this kind of endpoint",
            "it has a judge of its own",
            "此类终端已有专门的判断",
        )
    if rule.suppress is not None:
        raise RuleError(
            "suppress", f"hides {rule.raises}, which is life safety", "remove it", "危及生命的不得抑制，请删去"
        )
    for step in rule.steps:
        if step.on_ms:
            raise RuleError(f"{step.severity}.on_s", what, "write 0", "危及生命的不得延时，请写 0")
        waiting = [node for node in nodes_of(step.when) if isinstance(node, Between | Count | Pattern)]
        if waiting:
            raise RuleError(
                f"{step.severity}.when",
                what,
                "take n_of, pattern and between out of it",
                "危及生命的不得等待，请去掉 n_of、pattern、between",
            )


def nodes_of(condition: Condition) -> Iterator[Condition]:
    """The condition and everything it is made of, parts first."""
    for part in condition.parts:
        yield from nodes_of(part)
    yield condition
