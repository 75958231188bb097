"""What holds for every rule and every line of samples: against a plain definition, and over restarts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import Condition, Severity
from tests.domain.rules.line import Line, program

SEVERITIES = [str(severity) for severity in Severity]
levels = st.integers(-3, 3)
truths = st.booleans()
leaves = st.one_of(
    st.tuples(levels, st.integers(0, 2)).map(
        lambda pair: {"channel": "floor", "high": pair[0], "clear": pair[0] - pair[1]}
    ),
    st.tuples(levels, st.integers(0, 2)).map(
        lambda pair: {"channel": "floor", "low": pair[0], "clear": pair[0] + pair[1]}
    ),
    truths.map(lambda truth: {"channel": "tamper", "is": truth}),
    st.lists(levels, min_size=1, max_size=3, unique=True).map(lambda states: {"channel": "floor", "is": states}),
    st.just({"missing": "floor"}),
    st.just({"channel": "speed", "rise_per_min": 4, "clear": 2, "window_s": 8}),
)


def compounds(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """All, any, not, n of m, patterns of conditions."""
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
        st.tuples(inner, st.integers(1, 3), st.integers(0, 3)).map(
            lambda given: {"n_of": given[1], "of": given[1] + given[2], "when": given[0]}
        ),
        st.tuples(st.lists(inner, min_size=1, max_size=3), st.integers(1, 2), st.integers(1, 9)).map(
            lambda given: {"pattern": given[0], "times": given[1], "within_s": given[2]}
        ),
    )


conditions = st.recursive(leaves, compounds, max_leaves=4)
steps = st.fixed_dictionaries({"when": conditions, "on_s": st.integers(0, 3), "off_s": st.integers(0, 3)})
ladders = st.tuples(
    st.dictionaries(st.sampled_from(SEVERITIES), steps, min_size=1, max_size=3),
    st.sampled_from(["lift_fault", "power"]),
    truths,
    st.none() | leaves,
).map(
    lambda given: (
        {**given[0], "raises": given[1], "latch": given[2]} | ({} if given[3] is None else {"suppress": given[3]})
    )
)
samples = st.lists(
    st.tuples(
        st.sampled_from([0.5, 1, 1, 1, 2, 70, -5]),  # seconds after the one before: gaps and clocks that step too
        st.fixed_dictionaries(
            {}, optional={"floor": levels, "tamper": truths, "speed": st.integers(-2, 2), "mains": truths}
        ),
    ),
    max_size=25,
)


def lines(rules: list[dict[str, Any]], given_samples: list[tuple[float, dict[str, Any]]], restarts: Any) -> Line:
    """The rules on the samples."""
    judged_by = program(*({"name": f"rule_{n}", **rule} for n, rule in enumerate(rules)))
    line = Line(judged_by)
    second = 1000.0
    for number, (after, values) in enumerate(given_samples):
        second += after
        line.feed(second, values, {} if "floor" in values else {"floor": "stale"})
        if restarts(number):
            line.restart(judged_by)
    return line


@given(st.lists(ladders, min_size=1, max_size=3), samples, st.sets(st.integers(0, 24)))
def test_a_restart_changes_nothing(rules: list[Any], given_samples: list[Any], restarts: set[int]) -> None:
    """Whatever the rules, wherever the process dies: what is told is the same to the last field."""
    whole = lines(rules, given_samples, lambda number: False)
    restarted = lines(rules, given_samples, lambda number: number in restarts)

    assert restarted.changes == whole.changes
    assert restarted.engine.alarms == whole.engine.alarms


@given(st.lists(ladders, max_size=3), st.lists(ladders, max_size=3), samples, samples)
def test_other_rules_leave_no_incident_behind(
    before: list[Any], after: list[Any], first: list[Any], then: list[Any]
) -> None:
    """Whatever a site file was and is: what nobody judges any more is cleared, and nothing breaks."""
    line = lines(before, first, lambda number: False)
    line.restart(program(*({"name": f"rule_{n}", **rule} for n, rule in enumerate(after))))
    second = 5000.0
    for step, values in then:
        second += step
        line.feed(second, values)
    active = line.engine.incidents
    told: dict[str, str] = {change.incident.id: str(change.event) for change in line.changes}

    assert not then or set(active) <= {rule["raises"] for rule in after}
    assert {incident.id for incident in active.values()} == {one for one, event in told.items() if event != "cleared"}


@given(st.lists(ladders, min_size=1, max_size=3), samples)
def test_the_tale_of_every_incident_is_whole(rules: list[Any], given_samples: list[Any]) -> None:
    """Revisions count up, a raise begins and a clear ends, and never two of a kind are active at once."""
    active: dict[str, str] = {}
    revisions: dict[str, int] = {}
    for change in lines(rules, given_samples, lambda number: False).changes:
        incident = change.incident
        assert incident.revision == revisions.get(incident.id, 0) + 1
        revisions[incident.id] = incident.revision
        assert (change.event == "raised") is (incident.revision == 1)
        assert incident.signals
        if change.event == "raised":
            assert active.setdefault(incident.kind, incident.id) == incident.id
        assert active[incident.kind] == incident.id
        if incident.condition is Condition.CLEARED:
            del active[incident.kind]
        assert incident.breach_at_ms <= incident.raised_at_ms <= incident.changed_at_ms


def plainly(values: list[int], limit: int, clear: int, on_s: int, off_s: int) -> list[bool]:
    """Whether one step stands after each second, straight from its definition and without any state."""
    above: list[bool] = []
    for n, value in enumerate(values):
        above.append(value >= limit or (n > 0 and above[n - 1] and value >= clear))
    stands: list[bool] = []
    for n in range(len(values)):
        before = n > 0 and stands[n - 1]
        needed = off_s if before else on_s
        turned = n >= needed and all(above[k] is not before for k in range(n - needed, n + 1))
        stands.append(before is not turned)
    return stands


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=60),
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 3), st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=4
    ),
)
def test_a_ladder_is_what_its_definition_says(values: list[int], rungs: list[tuple[int, int, int, int]]) -> None:
    """Severity after each second is that of the worst step that stands by itself."""
    given_steps = {
        name: {"when": {"channel": "floor", "high": limit, "clear": limit - band}, "on_s": on_s, "off_s": off_s}
        for name, (limit, band, on_s, off_s) in zip(SEVERITIES, rungs, strict=True)
    }
    line = Line(program(given_steps))
    columns = [plainly(values, limit, limit - band, on_s, off_s) for limit, band, on_s, off_s in rungs]
    expected = [
        max(
            (name for name, column in zip(SEVERITIES, columns, strict=True) if column[n]),
            key=SEVERITIES.index,
            default="",
        )
        for n in range(len(values))
    ]

    shown, now = [], ""
    for second, value in enumerate(values):
        for change in line.feed(second, {"floor": value}):
            now = "" if change.event == "cleared" else str(change.incident.severity)
        shown.append(now)

    assert shown == expected
