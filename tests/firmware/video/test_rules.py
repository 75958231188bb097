"""Settings of a video endpoint: what they mean, and that each mistake is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device import video_rules
from firmware.device.video_flags import within
from firmware.device.video_scene import CELLS, COLUMNS, MASKED, ROWS

CHINA = timezone(timedelta(hours=8))
EVERY_DAY = list(range(7))


def utc_ms(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    """Of a local time in China."""
    return int(datetime(year, month, day, hour, minute, tzinfo=CHINA).timestamp() * 1000)


def hours_of(zone: dict[str, Any]) -> Any:
    """As the parser makes them."""
    return video_rules.parse({"zones": [{"cells": "f" * 48} | zone]})["hours"][0]


@pytest.mark.parametrize(
    ("hour", "minute", "forbidden"), [(21, 59, False), (22, 0, True), (0, 0, True), (5, 59, True), (6, 0, False)]
)
def test_a_night_passes_midnight(hour: int, minute: int, forbidden: bool) -> None:
    """Its begin is inside, its end is not."""
    hours = hours_of({"hours": [["22:00", "06:00"]]})

    assert forbidden == within(hours, utc_ms(2026, 11, 23, hour, minute), 480)


def test_days_are_those_on_which_a_window_begins() -> None:
    """The night from Friday to Saturday belongs to Friday. 2026-11-27 is a Friday."""
    hours = hours_of({"hours": [["22:00", "06:00"]], "days": [4]})

    assert within(hours, utc_ms(2026, 11, 27, 23), 480)
    assert within(hours, utc_ms(2026, 11, 28, 5), 480)
    assert not within(hours, utc_ms(2026, 11, 27, 5), 480)
    assert not within(hours, utc_ms(2026, 11, 28, 23), 480)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 4_000_000_000_000), st.sets(st.integers(0, 6), min_size=1), st.integers(-720, 840))
def test_weekdays_are_those_of_the_calendar(at_ms: int, days: set[int], offset_min: int) -> None:
    """A whole day is forbidden exactly on the days named."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(minutes=offset_min)
    hours = hours_of({"days": sorted(days)})

    assert hours is None or (local.weekday() in days) == within(hours, at_ms, offset_min)
    assert (hours is None) == (len(days) == 7)


def middle_x(cell: int) -> float:
    """In thousandths of the picture."""
    return (cell % COLUMNS + 0.5) * 1000 / COLUMNS


def middle_y(cell: int) -> float:
    """In thousandths of the picture."""
    return (cell // COLUMNS + 0.5) * 1000 / ROWS


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=4, max_size=4))
def test_a_rectangle_marks_the_cells_whose_middle_it_holds(corners: list[tuple[int, int]]) -> None:
    """Compared with plain coordinates."""
    left, right = sorted((corners[0][0], corners[1][0]))
    top, bottom = sorted((corners[2][1], corners[3][1]))
    cells = video_rules.polygon_cells([[left, top], [right, top], [right, bottom], [left, bottom]])
    wanted = [cell for cell in range(CELLS) if left < middle_x(cell) < right and top < middle_y(cell) < bottom]

    on_an_edge = {middle_x(cell) for cell in range(CELLS)} & {left, right}
    on_an_edge |= {middle_y(cell) for cell in range(CELLS)} & {top, bottom}
    assert on_an_edge or wanted == cells


def test_a_zone_of_digits() -> None:
    """The first digit is the left of the first line."""
    rules = video_rules.parse({"zones": [{"cells": "8" + "0" * 46 + "1"}], "masks": [{"cells": "4" + "0" * 47}]})

    assert {0: 1, 1: MASKED, CELLS - 1: 1} == {cell: bits for cell, bits in enumerate(rules["map"]) if bits}
    assert (None,) == tuple(rules["hours"])


def test_masks_switch_snapshots_off_unless_asked_for() -> None:
    """A JPEG cannot be masked on the board."""
    mask = {"polygon": [[0, 0], [500, 0], [500, 500]]}

    assert video_rules.parse({})["snapshots"]
    assert () == video_rules.parse({"masks": [mask]})["snapshots"]
    assert ("covered",) == video_rules.parse({"masks": [mask], "snapshots": ["covered"]})["snapshots"]
    assert () == video_rules.parse({"snapshots": []})["snapshots"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"smoke": [1, 2, 3]}, "smoke"),
    ({"motion": [1, 2, 3]}, "motion"),
    ({"motion": [1, 2, 3, "4"]}, "motion"),
    ({"covered": [0, 2, 3, 4]}, "covered"),
    ({"moved": [1, 2, 3, 0]}, "moved"),
    ({"storage_fault": 7}, "storage_fault"),
    ({"frame_ms": 10}, "frame_ms"),
    ({"frame_ms": True}, "frame_ms"),
    ({"motion_grey": 1.5}, "motion_grey"),
    ({"utc_offset_min": 900}, "utc_offset_min"),
    ({"snapshots": ["moon"]}, "snapshots"),
    ({"snapshots": "motion"}, "snapshots"),
    ({"zones": {}}, "zones"),
    ({"zones": [{}] * 8}, "zones"),
    ({"zones": [{}]}, "zones"),
    ({"zones": ["all"]}, "zones"),
    ({"zones": [{"cells": "f" * 47}]}, "zones: cells"),
    ({"zones": [{"cells": "g" * 48}]}, "zones: cells"),
    ({"zones": [{"cells": "0" * 48}]}, "zones"),
    ({"zones": [{"cells": "f" * 48, "polygon": []}]}, "zones"),
    ({"zones": [{"polygon": [[0, 0], [1, 1]]}]}, "zones: polygon"),
    ({"zones": [{"polygon": [[0, 0], [1, 1], [1001, 0]]}]}, "zones: polygon"),
    ({"zones": [{"polygon": [[0, 0], [1, 1], [1, "1"]]}]}, "zones: polygon"),
    ({"zones": [{"polygon": [[0, 0], [1, 1], 5]}]}, "zones: polygon"),
    ({"zones": [{"cells": "f" * 48, "days": [7]}]}, "zones: days"),
    ({"zones": [{"cells": "f" * 48, "days": []}]}, "zones: days"),
    ({"zones": [{"cells": "f" * 48, "hours": []}]}, "zones: hours"),
    ({"zones": [{"cells": "f" * 48, "hours": [["22:00"]]}]}, "zones: hours"),
    ({"zones": [{"cells": "f" * 48, "hours": [["22:60", "06:00"]]}]}, "zones: hours"),
    ({"zones": [{"cells": "f" * 48, "hours": [["25:00", "06:00"]]}]}, "zones: hours"),
    ({"zones": [{"cells": "f" * 48, "hours": [[22, 6]]}]}, "zones: hours"),
    ({"zones": [{"cells": "f" * 48, "hours": "night"}]}, "zones: hours"),
    ({"masks": [{"cells": "f" * 48}]}, "masks"),
]


@pytest.mark.parametrize(("limits", "named"), WRONG)
def test_each_mistake_is_named(limits: dict[str, Any], named: str) -> None:
    """What is wrong stands in the error, so that whoever wrote the site file finds it."""
    with pytest.raises(ValueError, match=named):
        video_rules.parse(limits)
