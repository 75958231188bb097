"""Rules from parsed TOML. Every error names the place, what is wrong and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.incidents import Kind, Severity
from domain.rules import compound, fields
from domain.rules.conditions import DAYS, Between, Condition, High, Is, Low, Missing
from domain.rules.fields import Table
from domain.rules.rule import Rule, RuleError, Step
from protocol.channels import CHANNELS, KINDS, is_bool, plausible

MAX_OF = 64  # samples looked back at
MAX_PARTS = 16
MAX_DEPTH = 6
SEVERITIES = tuple(str(severity) for severity in Severity)
WINDOW_S = (4, 3600)  # of a slope: below, sixteen points are noise; above, half of it takes too long


def read_rule(table: object, where: str) -> Rule:
    """A rule. Raises RuleError."""
    given = fields.table(
        table, where, ("name", "endpoints", "raises", "source"), (*SEVERITIES, "suppress", "latch", "label")
    )
    endpoints = fields.texts(given["endpoints"], f"{where}.endpoints", tuple(KINDS))
    known = frozenset(name for kind in endpoints for name in KINDS[kind])
    reader = _Conditions(known)
    steps = (_step(reader, given[name], f"{where}.{name}") for name in SEVERITIES if name in given)
    suppress = given.get("suppress")
    try:
        return Rule(
            name=fields.text(given["name"], f"{where}.name"),
            endpoints=endpoints,
            raises=fields.one_of(Kind, given["raises"], f"{where}.raises"),
            steps=tuple(steps),
            source=fields.text(given["source"], f"{where}.source"),
            suppress=None if suppress is None else reader.read(suppress, f"{where}.suppress"),
            latch=fields.truth(given.get("latch", False), f"{where}.latch"),
            label=fields.text(given["label"], f"{where}.label") if "label" in given else "",
        )
    except RuleError as error:
        if error.where.startswith(where):
            raise
        raise RuleError(f"{where}.{error.where}", error.what, error.remedy, error.zh) from None


def _step(reader: _Conditions, table: object, where: str) -> Step:
    given = fields.table(table, where, ("when",), ("on_s", "off_s"))
    return Step(
        severity=Severity(where.rsplit(".", 1)[-1]),
        when=reader.read(given["when"], f"{where}.when"),
        on_ms=fields.ms(given.get("on_s", 0), f"{where}.on_s"),
        off_ms=fields.ms(given.get("off_s", 0), f"{where}.off_s"),
    )


class _Conditions:
    """Reads conditions about the channels that some kinds of endpoints have."""

    def __init__(self, channels: frozenset[str]) -> None:
        self._channels = channels
        # the word that tells which condition it is, the others it takes
        self._forms: dict[str, tuple[tuple[str, ...], Callable[[Table, str, int], Condition]]] = {
            "all": ((), lambda table, where, depth: compound.All(self._many(table["all"], f"{where}.all", depth))),
            "any": ((), lambda table, where, depth: compound.Any(self._many(table["any"], f"{where}.any", depth))),
            "not": ((), lambda table, where, depth: compound.Not((self._read(table["not"], f"{where}.not", depth),))),
            "n_of": (("of", "when"), self._count),
            "pattern": (("times", "within_s"), self._pattern),
            "missing": ((), lambda table, where, _: Missing(self._channel(table["missing"], f"{where}.missing"))),
            "between": ((), _between),
            "high": (("channel", "clear"), self._level),
            "low": (("channel", "clear"), self._level),
            "is": (("channel",), self._state),
            "rise_per_min": (("channel", "clear", "window_s"), self._slope),
            "fall_per_min": (("channel", "clear", "window_s"), self._slope),
        }

    def read(self, table: object, where: str) -> Condition:
        """A condition. Raises RuleError."""
        return self._read(table, where, 0)

    def _read(self, table: object, where: str, depth: int) -> Condition:
        if not isinstance(table, Mapping):
            raise RuleError(
                where, "is not a table", 'write one, such as {channel = "temp", high = 60, clear = 55}', "应为一个条件"
            )
        if depth > MAX_DEPTH:
            raise RuleError(
                where, "lies too deep", f"at most {MAX_DEPTH} conditions may lie in one another", "条件嵌套过深"
            )
        words = [name for name in self._forms if name in table]
        if len(words) != 1:
            what = f"has {' and '.join(words)}" if words else "says no condition"
            raise RuleError(where, what, f"write exactly one of {', '.join(self._forms)}", "请恰好写一种条件")
        others, make = self._forms[words[0]]
        optional = ("days",) if words == ["between"] else ()
        fields.table(table, where, (words[0], *others), optional)
        return make(table, where, depth + 1)

    def _many(self, tables: object, where: str, depth: int) -> tuple[Condition, ...]:
        if not isinstance(tables, list) or not 1 <= len(tables) <= MAX_PARTS:
            raise RuleError(where, "is not a list of conditions", f"write 1 to {MAX_PARTS} in [ ]", "应为条件的列表")
        return tuple(self._read(table, f"{where}[{number}]", depth) for number, table in enumerate(tables, 1))

    def _channel(self, name: object, where: str) -> str:
        if not isinstance(name, str) or name not in self._channels:
            known = ", ".join(sorted(self._channels))
            raise RuleError(where, f"cannot be {name!r}", f"these endpoints measure: {known}", "此类终端没有这个通道")
        return name

    def _level(self, table: Table, where: str, _: int) -> Condition:
        channel = self._channel(table["channel"], f"{where}.channel")
        word = "high" if "high" in table else "low"
        limit, clear = (fields.number(table[name], f"{where}.{name}") for name in (word, "clear"))
        if is_bool(channel):
            raise RuleError(
                f"{where}.{word}",
                f"does not fit {channel}, which is true or false",
                "write is = true",
                "开关量请写 is = true",
            )
        for name, value in ((word, limit), ("clear", clear)):
            if not plausible(channel, value):
                unit, low, high = CHANNELS[channel]
                raise RuleError(
                    f"{where}.{name}",
                    f"can never be reached by {channel}",
                    f"{low} to {high} {unit}",
                    "超出该通道的量程",
                )
        if (clear > limit) if word == "high" else (clear < limit):
            side = "above" if word == "high" else "below"
            raise RuleError(
                f"{where}.clear",
                f"lies {side} {word}",
                "it must clear before it would raise again",
                "恢复值应在报警值的安全一侧",
            )
        return High(channel, limit, clear) if word == "high" else Low(channel, limit, clear)

    def _state(self, table: Table, where: str, _: int) -> Condition:
        channel = self._channel(table["channel"], f"{where}.channel")
        states = table["is"] if isinstance(table["is"], list) else [table["is"]]
        for state in states:
            fits = isinstance(state, bool) if is_bool(channel) else fields.is_number(state)
            if not fits or not plausible(channel, state):
                raise RuleError(f"{where}.is", f"cannot be {state!r}", f"{channel} never says that", "该通道不会有此值")
        if not states:
            raise RuleError(f"{where}.is", "is empty", "name the states", "请写出状态")
        return Is(channel, tuple(states))

    def _slope(self, table: Table, where: str, _: int) -> Condition:
        channel = self._channel(table["channel"], f"{where}.channel")
        word = "rise_per_min" if "rise_per_min" in table else "fall_per_min"
        limit, clear = (fields.number(table[name], f"{where}.{name}") for name in (word, "clear"))
        window_s = fields.number(table["window_s"], f"{where}.window_s")
        if is_bool(channel):
            raise RuleError(
                f"{where}.{word}",
                f"does not fit {channel}, which is true or false",
                "write is = true",
                "开关量请写 is = true",
            )
        if not 0 <= clear <= limit or not limit:
            raise RuleError(
                f"{where}.{word}",
                "must be above 0 and not below clear",
                "write how fast, per minute",
                "应大于 0 且不小于 clear",
            )
        if not WINDOW_S[0] <= window_s <= WINDOW_S[1]:
            raise RuleError(
                f"{where}.window_s", "is out of range", "write {} to {} seconds".format(*WINDOW_S), "超出范围"
            )
        return compound.Slope(channel, limit, clear, round(window_s * 1000), word == "fall_per_min")

    def _count(self, table: Table, where: str, depth: int) -> Condition:
        n, m = fields.whole(table["n_of"], f"{where}.n_of"), fields.whole(table["of"], f"{where}.of")
        if not 1 <= n <= m <= MAX_OF:
            raise RuleError(
                f"{where}.n_of", "is not n of m", f"write n_of = 3, of = 5; at most {MAX_OF}", "应为 m 次中的 n 次"
            )
        return compound.Count((self._read(table["when"], f"{where}.when", depth),), n, m)

    def _pattern(self, table: Table, where: str, depth: int) -> Condition:
        times = fields.whole(table["times"], f"{where}.times")
        within_ms = fields.ms(table["within_s"], f"{where}.within_s")
        if not (1 <= times <= MAX_OF and within_ms > 0):
            raise RuleError(
                f"{where}.times", "is out of range", f"write 1 to {MAX_OF}, and within_s above 0", "超出范围"
            )
        return compound.Pattern(self._many(table["pattern"], f"{where}.pattern", depth), times, within_ms)


def _between(table: Table, where: str, _: int) -> Condition:
    ends = table["between"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise RuleError(f"{where}.between", "is not two times of day", 'write ["22:00", "06:00"]', "应为两个时刻")
    from_min, until_min = (fields.minute(text, f"{where}.between") for text in ends)
    days = fields.texts(table.get("days", list(DAYS)), f"{where}.days", DAYS)
    return Between(from_min, until_min, tuple(sorted(DAYS.index(day) for day in days)))
