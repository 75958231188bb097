"""The fire rules: limits, and one lane of samples judged by them. The same classes decide on the board. Pure.

A channel that fails neither raises nor clears: a burnt sensor must not end the fire it reported.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import msgspec

from domain.alarms import Signal
from domain.incidents import Severity
from domain.readings import Reading
from domain.rise import SureRise
from protocol.threshold import RAISED, Threshold

CALL_POINT = "call_point"
# Carbon monoxide confirms a fire and never makes one: in the recorded fires the analysers of rooms that did not burn
# yet swing by hundreds of ppm, and at 1 Hz no test of significance tells that from a fire.
SUPPORTING = ("co_rise",)
MAX_HOLD_MS = 5_000  # half of the 10 s that GB 26875.1, 4.1.2.1 gives an alarm to the centre; boards refuse more, too


@dataclass(frozen=True, slots=True, kw_only=True)
class FireLimits:
    """When smoke, heat, carbon monoxide or a pressed button are a fire. Overridden in the site file, [rules.fire]."""

    smoke_raise_per_m: float = 0.02  # optical density; the plain rule of the recorded NIST fires
    smoke_clear_per_m: float = 0.012
    temp_raise_c: float = 57.0  # within the static response range of EN 54-5 class A1, 54..65 deg C
    temp_clear_c: float = 50.0
    temp_rise_c_per_min: float = 8.0  # below the 10 K/min at which EN 54-5 tests class A1R
    temp_rise_clear_c_per_min: float = 4.0
    co_rise_ppm_per_min: float = 30.0
    co_rise_clear_ppm_per_min: float = 15.0
    temp_rise_window_ms: int = 30_000  # a flaming fire heats the ceiling within seconds
    co_rise_window_ms: int = 60_000
    co_rise_sigmas: float = 3.0  # the recorded gas analysers jump by hundreds of ppm with no fire at all
    hold_ms: int = 2_000  # two samples in a row at 2 s; one bad sample is not a fire
    confirm_within_ms: int = 60_000
    clear_after_ms: int = 60_000

    def __post_init__(self) -> None:
        """Raises ValueError naming the field."""
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1e9:
                raise ValueError(f"{field.name} must not be negative")
        if self.hold_ms > MAX_HOLD_MS:
            raise ValueError(f"hold_ms must not be above {MAX_HOLD_MS}: a fire waits for nobody · 火警不得延时更久")
        for high, low in (
            ("smoke_raise_per_m", "smoke_clear_per_m"),
            ("temp_raise_c", "temp_clear_c"),
            ("temp_rise_c_per_min", "temp_rise_clear_c_per_min"),
            ("co_rise_ppm_per_min", "co_rise_clear_ppm_per_min"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} must not be above {high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule on one channel: its level, or its rise per minute over a window."""

    name: str
    channel: str
    unit: str
    limit: float
    clear: float
    hold_ms: int
    window_ms: int = 0  # 0: the level itself is judged
    sigmas: float = 0.0  # standard errors taken off a rise


def rules_of(limits: FireLimits) -> tuple[Rule, ...]:
    """The five rules."""
    smoke = (limits.smoke_raise_per_m, limits.smoke_clear_per_m)
    temp = (limits.temp_raise_c, limits.temp_clear_c)
    temp_rise = (limits.temp_rise_c_per_min, limits.temp_rise_clear_c_per_min)
    co_rise = (limits.co_rise_ppm_per_min, limits.co_rise_clear_ppm_per_min)
    hold_ms = limits.hold_ms
    rows: tuple[tuple[str, str, str, tuple[float, float], int, int, float], ...] = (
        ("smoke_level", "smoke", "1/m", smoke, hold_ms, 0, 0.0),
        ("temp_level", "temp", "Cel", temp, hold_ms, 0, 0.0),
        ("temp_rise", "temp", "Cel/min", temp_rise, hold_ms, limits.temp_rise_window_ms, 0.0),
        ("co_rise", "co", "ppm/min", co_rise, hold_ms, limits.co_rise_window_ms, limits.co_rise_sigmas),
        (CALL_POINT, CALL_POINT, "", (1.0, 1.0), 0, 0, 0.0),  # a person: no hold
    )
    return tuple(
        Rule(
            name=name,
            channel=channel,
            unit=unit,
            limit=limit,
            clear=clear,
            hold_ms=hold,
            window_ms=window_ms,
            sigmas=sigmas,
        )
        for name, channel, unit, (limit, clear), hold, window_ms, sigmas in rows
    )


class Lane:
    """The fire rules on one run of samples, each not older than the one before."""

    def __init__(self, limits: FireLimits) -> None:
        self._limits = limits
        self._rules = rules_of(limits)
        self._thresholds = {rule.name: Threshold(rule.limit, rule.clear, rule.hold_ms) for rule in self._rules}
        self._rises = {rule.name: SureRise(rule.window_ms) for rule in self._rules if rule.window_ms}
        self.active: dict[str, Signal] = {}
        self.breach_at_ms: int | None = None  # first breaching sample of what is active
        self.last_ms: int | None = None
        self._spoke_ms: dict[str, int] = {}  # channel -> last sample with an active signal

    @property
    def burning(self) -> bool:
        """True while a rule speaks that may call a fire by itself."""
        return any(name not in SUPPORTING for name in self.active)

    def feed(self, reading: Reading) -> None:
        """Judge one sample."""
        self.last_ms = reading.at_ms
        for rule in self._rules:
            value = reading.values.get(rule.channel)
            if value is not None:
                self._judge(rule, value, reading.at_ms)
        if not self.burning:
            self.breach_at_ms = None
        for signal in self.active.values():
            self._spoke_ms[signal.channel] = reading.at_ms

    def _judge(self, rule: Rule, value: bool | int | float, at_ms: int) -> None:
        number = self._number(rule, value, at_ms)
        if number is None:
            return
        threshold = self._thresholds[rule.name]
        edge = threshold.feed(number, at_ms)
        if edge == RAISED:
            self._start(rule, number, at_ms)
            if rule.name not in SUPPORTING:
                since_ms = at_ms if threshold.since_ms is None else threshold.since_ms
                self.breach_at_ms = since_ms if self.breach_at_ms is None else min(self.breach_at_ms, since_ms)
        elif not threshold.active:
            self.active.pop(rule.name, None)

    def _number(self, rule: Rule, value: bool | int | float, at_ms: int) -> float | None:
        if not rule.window_ms:
            return float(value)
        rise = self._rises[rule.name]
        slope = rise.feed(value, at_ms)
        if slope is None or not rule.sigmas or slope < rule.clear:  # less would be below every limit all the same
            return slope
        return rise.sure_per_minute(rule.sigmas)

    def _start(self, rule: Rule, number: float, at_ms: int) -> None:
        button = rule.name == CALL_POINT
        self.active[rule.name] = Signal(
            rule=rule.name,
            channel=rule.channel,
            value=True if button else round(number, 4),
            limit=None if button else rule.limit,
            clear=None if button else rule.clear,
            unit=rule.unit,
            at_ms=at_ms,
        )

    def severity(self) -> Severity:
        """Critical with a pressed call point, or two independent channels within `confirm_within_ms`; else major."""
        since_ms = (self.last_ms or 0) - self._limits.confirm_within_ms
        speaking = {channel for channel, at_ms in self._spoke_ms.items() if at_ms >= since_ms}
        return Severity.CRITICAL if CALL_POINT in speaking or len(speaking) > 1 else Severity.MAJOR

    def rebase(self) -> None:
        """The next sample does not follow the last one: windows and holds start again, what is active stays so."""
        for rise in self._rises.values():
            rise.restore([])
        for threshold in self._thresholds.values():
            if not threshold.active:
                threshold.since_ms = None
        self._spoke_ms = {}

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "thresholds": {name: [t.active, t.since_ms] for name, t in self._thresholds.items()},
            "rises": {name: rise.samples() for name, rise in self._rises.items()},
            "active": msgspec.to_builtins(self.active),
            "breach_at_ms": self.breach_at_ms,
            "last_ms": self.last_ms,
            "spoke_ms": dict(self._spoke_ms),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off. Rules that are new since then start empty."""
        for name, (active, since_ms) in state["thresholds"].items():
            if name in self._thresholds:
                self._thresholds[name].active = active
                self._thresholds[name].since_ms = since_ms
        for name, samples in state["rises"].items():
            if name in self._rises:
                self._rises[name].restore(samples)
        self.active = msgspec.convert(state["active"], dict[str, Signal])
        self.breach_at_ms = state["breach_at_ms"]
        self.last_ms = state["last_ms"]
        self._spoke_ms = dict(state["spoke_ms"])
