"""The plot of an incident: around the breach, with its limit, whatever has arrived so far."""

from __future__ import annotations

from tests.cloud import facts
from tests.cloud.conftest import Centre


def test_evidence_stands_in_until_the_history_arrives(centre: Centre) -> None:
    """The plot is there at once, and the same readings are not drawn twice later."""
    incident_id = centre.take(1)
    (first,) = centre.desk.plot(incident_id)
    centre.series.append(facts.rows("fire-a", 1, 61, centre.clock.now_ms() - 60_000))
    views = centre.desk.plot(incident_id)

    assert (first.channel, first.unit, first.limit, first.clear, len(first.points)) == ("smoke", "1/m", 0.02, 0.012, 61)
    assert [view.channel for view in views] == ["smoke", "temp", "co"]
    assert len(views[0].points) == 61


def test_a_limit_of_a_rate_is_not_drawn_over_a_level(centre: Centre) -> None:
    """8 Cel/min is no temperature."""
    centre.series.append(facts.rows("fire-a", 1, 10, centre.clock.now_ms() - 10_000))
    incident_id = centre.take(1, signals=facts.confirmed(centre.clock.now_ms()))
    limits = {view.channel: view.limit for view in centre.desk.plot(incident_id)}

    assert limits == {"smoke": 0.02, "temp": None, "co": None}


def test_broken_evidence_is_drawn_as_holes(centre: Centre) -> None:
    """A whistle is never refused for a bad point in its evidence."""
    at_ms = centre.clock.now_ms()
    evidence = {"smoke": [[at_ms, float("nan")], [at_ms - 1000, None], ["x", 1], [at_ms - 2000, 0.3]], "odd": [[1, 2]]}
    (view,) = centre.desk.plot(centre.take(1, evidence=evidence))

    assert view.points == ((at_ms - 2000, 0.3), (at_ms - 1000, None), (at_ms, None))


def test_the_window_ends_a_minute_after_the_clearing(centre: Centre) -> None:
    """An old incident shows its own hour, not today."""
    at_ms = centre.clock.now_ms()
    incident_id = centre.take(1)
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=at_ms + 30_000, at_ms=at_ms)
    centre.series.append(facts.rows("fire-a", 1, 400, at_ms - 60_000))
    centre.clock.go(86_400)

    assert centre.desk.plot(incident_id)[0].points[-1][0] == at_ms + 90_000
