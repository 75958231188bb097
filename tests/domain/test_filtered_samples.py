"""Two views of a sample: life safety judges what came, everything ordinary what the filters left."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from domain.alarms import Change
from domain.endpoints import Endpoint
from domain.fire import FireLimits
from domain.readings import Reading, accept
from protocol.senml import Pack


def _run(values: dict[str, float], ordinary: dict[str, str], seconds: int) -> tuple[Endpoint, list[Change]]:
    ids, endpoint, changes = count(), Endpoint(FireLimits()), []
    for second in range(seconds):
        reading = accept(Pack("fire-a", 1, second, second * 1000, values=dict(values)), second * 1000)
        filtered: Reading = replace(reading, values={}, faults=ordinary)
        changes += endpoint.feed(reading, lambda: str(next(ids)), filtered)
    return endpoint, changes


def test_a_fault_that_a_filter_found_is_a_fault_of_the_channel() -> None:
    """Shown with the endpoint and told as any sensor's, while the sensor itself believes that all is well."""
    endpoint, changes = _run({"smoke": 0.0, "temp": 20.0}, {"temp": "stuck"}, 3)

    assert endpoint.channels == {"smoke": "good", "temp": "fault:stuck"}
    (change,) = changes
    assert (str(change.incident.kind), change.incident.signals[0].reason) == ("sensor_fault", "stuck")


def test_filters_never_hide_a_fire() -> None:
    """Whatever they make of the smoke, the rules of fire judge the sensor's own value."""
    _, changes = _run({"smoke": 0.5, "temp": 20.0}, {"smoke": "implausible_here"}, 4)

    assert ("fire", "raised") in [(str(change.incident.kind), str(change.event)) for change in changes]


def test_a_sample_beyond_the_rate_limit_is_no_missing_channel() -> None:
    """Filters leave nothing of it, yet the sensors spoke."""
    endpoint, changes = _run({"smoke": 0.0, "temp": 20.0}, {}, 9)

    assert endpoint.channels == {"smoke": "good", "temp": "good"}
    assert changes == []
