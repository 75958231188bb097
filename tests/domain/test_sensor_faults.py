"""A channel that fails three samples in a row is an incident until three good ones."""

from __future__ import annotations

from itertools import count

import pytest

from domain.readings import accept
from domain.sensor_faults import IN_A_ROW, NOT_BROKEN, SensorFaults
from protocol.senml import Pack

GOOD = {"temp": 20.0, "smoke": 0.0}


def changes(samples: list[tuple[dict[str, float], dict[str, str]]]) -> list[tuple[int, str, tuple[str, ...]]]:
    """(sample number, event, faulty channels) of every change."""
    ids = count()
    faults = SensorFaults()
    found = []
    for number, (values, bad) in enumerate(samples):
        reading = accept(Pack("fire-a", 1, number, number * 1000, values=values, faults=bad), number * 1000)
        for change in faults.feed(reading, lambda: str(next(ids))):
            names = tuple(f"{signal.channel}:{signal.reason}" for signal in change.incident.signals)
            found.append((number, str(change.event), names))
    return found


def test_three_bad_samples_raise_and_three_good_ones_clear() -> None:
    """Two in a row are not enough, in either direction."""
    good, bad = (GOOD, {}), ({"smoke": 0.0}, {"temp": "timeout"})
    timeline = [good, bad, bad, good, bad, bad, bad, bad, good, good, bad, good, good, good]

    assert changes(timeline) == [(6, "raised", ("temp:timeout",)), (13, "cleared", ("temp:timeout",))]


def test_a_channel_that_stops_coming_is_missing_and_a_second_one_changes_the_incident() -> None:
    """Silence of a sensor is a fault too."""
    gone = ({"temp": 20.0}, {})
    both = ({}, {"temp": "crc"})

    assert changes([(GOOD, {}), *[gone] * IN_A_ROW, *[both] * IN_A_ROW]) == [
        (3, "raised", ("smoke:missing",)),
        (6, "changed", ("smoke:missing", "temp:crc")),
    ]


@pytest.mark.parametrize("reason", NOT_BROKEN)
def test_a_part_that_cannot_say_yet_is_not_broken(reason: str) -> None:
    """It raises nothing, is not missing, and ends the fault of a channel that a person has switched off."""
    bad, excused = ({"smoke": 0.0}, {"temp": "timeout"}), ({"smoke": 0.0}, {"temp": reason})

    assert [] == changes([(GOOD, {}), *[excused] * 9])
    assert [(2, "raised", ("temp:timeout",)), (5, "cleared", ("temp:timeout",))] == changes(
        [*[bad] * 3, *[excused] * 3]
    )
