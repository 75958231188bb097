"""Whole scenarios through the endpoint's own code, on this interpreter, in no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.device.endpoints import video
from protocol import pieces, reports
from protocol.quantities import plausible
from tests.firmware.video.bench import DAY_MS, NIGHT_MS, YARD, Bench, play

FLAGS = ("picture_lost", "covered", "moved", "motion", "storage_fault", "tamper")


class Benches:
    """Benches of one test on one flash; all are stopped at its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[Bench] = []

    def __call__(self, name: str, **fields: Any) -> Bench:
        """One more power-on."""
        world = play(name)
        world.begin(0)
        self.made.append(Bench(self._folder, world, boot=len(self.made) + 1, **fields))
        return self.made[-1]


@pytest.fixture
def power_on(tmp_path: Path) -> Iterator[Benches]:
    """`power_on(scenario, **limits)`."""
    benches = Benches(tmp_path)
    yield benches
    for bench in benches.made:
        bench.stop()


def whys(bench: Bench) -> list[str]:
    """What the kept snapshots are evidence of; the gateway takes them all."""
    sender, found = bench.endpoint.outgoing[0], []
    while (message := sender.next_message()) is not None:
        head, data = pieces.decode(message[1], pieces.MAX_SNAPSHOT)
        if head["offset"] == 0:
            found.append(head["why"])
        sender.handlers["receipt"](reports.encode_piece_receipt(head["id"], head["offset"] + len(data)))
    return found


async def test_a_quiet_day_is_quiet(power_on: Benches) -> None:
    """Dusk, dawn and sensor noise: no flag, no snapshot, every value plausible."""
    bench = power_on("quiet", zones=[YARD])
    await bench.run(1400)

    assert {flag: [] for flag in FLAGS} == {flag: bench.spans(flag) for flag in FLAGS}
    assert [(1, 1400)] == bench.spans("camera_alive")
    assert [] == whys(bench)
    assert not any(urgent for _, _, urgent in bench.samples)
    for values, _, _ in bench.samples[10:]:
        assert all(plausible(video.CHANNELS, name, value) for name, value in values.items())


async def test_a_cover_is_told_and_a_hand_is_not(power_on: Benches) -> None:
    """Ten seconds after the bag; over five seconds after it; one snapshot."""
    bench = power_on("covered", zones=[YARD])
    await bench.run(150)

    ((first, last),) = bench.spans("covered")
    assert 69 <= first <= 73
    assert 124 <= last <= 128
    assert [] == bench.spans("moved") + bench.spans("picture_lost") + bench.spans("motion")
    assert ["covered"] == whys(bench)
    assert bench.endpoint.led() is False


async def test_spray_is_a_cover(power_on: Benches) -> None:
    """The picture is bright and shows nothing."""
    bench = power_on("sprayed")
    await bench.run(80)

    assert 49 <= bench.spans("covered")[0][0] <= 53
    assert bench.endpoint.led() is True


async def test_a_turned_camera_is_moved(power_on: Benches) -> None:
    """After half a minute of another scene; over when the old one is back."""
    bench = power_on("turned")
    await bench.run(160)

    ((first, last),) = bench.spans("moved")
    assert 70 <= first <= 74
    assert 140 <= last <= 144
    assert [] == bench.spans("covered")
    assert ["moved"] == whys(bench)


async def test_somebody_on_site_says_that_the_new_scene_is_right(power_on: Benches) -> None:
    """Then it is learnt, and nothing is moved any more."""
    bench = power_on("turned")
    await bench.run(90)
    assert bench.endpoint.commands["reset_alarm"]({"cmd": "reset_alarm", "id": "c"}) == {"state": "learning"}
    assert [("alarm_reset", {})] == bench.reported
    await bench.run(3)
    assert "learning" == bench.samples[-1][1]["scene_difference"]
    await bench.run(27)

    assert bench.spans("moved")[-1][1] < 110


async def test_a_frozen_and_a_blank_picture_are_lost(power_on: Benches) -> None:
    """Frames arrive in both cases: the camera is alive, its picture is not."""
    bench = power_on("picture_lost")
    await bench.run(140)

    frozen, blank = bench.spans("picture_lost")
    assert 35 <= frozen[0] <= 40
    assert 61 <= frozen[1] <= 64
    assert 95 <= blank[0] <= 98
    assert [(1, 140)] == bench.spans("camera_alive")
    assert [] == bench.spans("covered") + bench.spans("moved")


async def test_a_dead_camera_shows_no_old_picture(power_on: Benches) -> None:
    """Not alive, picture lost, and no value of what it saw last."""
    bench = power_on("camera_dead")
    await bench.run(110)

    ((first, last),) = bench.spans("camera_alive", value=False)
    assert 35 <= first <= 37
    assert 89 <= last <= 92
    assert 1 == len(bench.spans("picture_lost"))
    values, faults, _ = bench.samples[60]
    assert {"luminance": "no_frame", "sharpness": "no_frame", "scene_difference": "no_frame"} == faults
    assert "luminance" not in values


async def test_a_walker_at_night(power_on: Benches) -> None:
    """Seen in the forbidden zone, for as long as he is there and the off-delay; one snapshot."""
    bench = power_on("walker_night", zones=[YARD], utc_ms=NIGHT_MS)
    await bench.run(120)

    ((first, last),) = bench.spans("motion")
    assert 43 <= first <= 48
    assert 79 <= last <= 86
    assert ["motion"] == whys(bench)
    assert bench.samples[first - 1][2]


async def test_the_same_walker_by_day(power_on: Benches) -> None:
    """These are not the forbidden hours."""
    bench = power_on("walker_day", zones=[YARD], utc_ms=DAY_MS)
    await bench.run(120)

    assert [(1, 120)] == bench.spans("motion", value=False)
    assert [] == whys(bench)


async def test_the_same_walker_in_no_zone(power_on: Benches) -> None:
    """The sky is forbidden, not the yard; and without any zone nothing is."""
    for zones in ([{"polygon": [[0, 0], [1000, 0], [1000, 250], [0, 250]]}], []):
        bench = power_on("walker_night", zones=zones)
        await bench.run(70)
        assert [] == bench.spans("motion")


async def test_without_utc_nobody_guesses(power_on: Benches) -> None:
    """The channel says that the clock is missing, before, during and after; it is right from the first answer on."""
    bench = power_on("walker_night", zones=[YARD], utc_ms=None)
    await bench.run(46)
    assert all(faults["motion"] == "no_clock" and "motion" not in values for values, faults, _ in bench.samples)
    bench.clock.utc_at_0_ms = NIGHT_MS
    await bench.run(6)
    assert bench.spans("motion")


async def test_a_zone_without_hours_needs_no_clock(power_on: Benches) -> None:
    """Always forbidden."""
    bench = power_on("walker_day", zones=[{"polygon": YARD["polygon"]}], utc_ms=None)
    await bench.run(60)

    assert bench.spans("motion")


async def test_a_masked_walker_is_not_seen(power_on: Benches) -> None:
    """Privacy goes before the zone, and with a mask no photograph is taken unasked."""
    mask = {"polygon": [[0, 350], [1000, 350], [1000, 1000], [0, 1000]]}
    bench = power_on("walker_night", zones=[YARD], masks=[mask])
    await bench.run(70)

    assert [] == bench.spans("motion") + bench.spans("moved")
    with pytest.raises(ValueError, match="snapshot"):
        bench.endpoint.commands["snapshot"]({"cmd": "snapshot", "id": "c"})


async def test_a_card_that_fails(power_on: Benches) -> None:
    """Worn, out, full: one fault, each with its reason; no longer than the next probe after it is good again."""
    bench = power_on("storage")
    reasons = []
    for _ in range(9):
        await bench.run(60)
        reasons.append(bench.health_faults.get("storage"))

    assert [None, "read_back", "read_back", "no_card", "no_card", "full", "full", None, None] == reasons
    ((first, last),) = bench.spans("storage_fault")
    assert 120 <= first <= 123
    assert 480 <= last <= 484


async def test_an_opened_housing(power_on: Benches) -> None:
    """Seen at once, with a picture of who does it, before it may be too late."""
    bench = power_on("housing")
    await bench.run(60)

    assert [(20, 39)] == bench.spans("tamper")
    assert [(20, 39)] == bench.spans("mains", value=False)
    assert ["tamper"] == whys(bench)


async def test_no_picture_is_taken_long_after_its_reason(power_on: Benches) -> None:
    """Asked for while the camera is dead: said, and not made up for when it is back."""
    bench = power_on("camera_dead")
    await bench.run(45)
    bench.endpoint.commands["snapshot"]({"cmd": "snapshot", "id": "c"})
    await bench.run(75)

    assert "no_frame" == bench.health_faults["snapshot"]
    assert bench.spans("camera_alive")[-1][1] == 120
    assert [] == whys(bench)


async def test_after_a_reboot_no_flag_is_left_and_the_scene_is_known(power_on: Benches) -> None:
    """A camera that is covered while it boots is covered; one that was moved before is no longer."""
    before = power_on("walker_night", zones=[YARD])
    await before.run(47)
    assert before.samples[-1][0]["motion"]
    before.stop()
    after = power_on("covered", zones=[YARD])
    await after.run(29)
    assert {flag: [] for flag in FLAGS} == {flag: after.spans(flag) for flag in FLAGS}
    after.stop()
    again = power_on("covered")
    again.world.begin(-60_000)
    await again.run(30)
    assert 9 <= again.spans("covered")[0][0] <= 14


async def test_a_lens_that_was_never_clear_is_not_taken_for_the_scene(power_on: Benches) -> None:
    """Mounted with its cap on: the difference has no value until there is something to learn."""
    bench = power_on("covered")
    bench.world.begin(-70_000)
    await bench.run(50)
    assert all(faults["scene_difference"] == "learning" for _, faults, _ in bench.samples[:45])
    await bench.run(20)
    assert bench.samples[-1][0]["scene_difference"] < 0.05
    assert [] == bench.spans("covered") + bench.spans("moved")


async def test_a_camera_that_starts_is_neither_alive_nor_dead(power_on: Benches) -> None:
    """For five seconds; then it is dead."""
    bench = power_on("camera_dead")
    bench.world.begin(-35_000)
    await bench.run(8)
    assert ["learning"] * 4 == [faults.get("camera_alive") for _, faults, _ in bench.samples[:4]]
    assert bench.samples[-1][0]["camera_alive"] is False


async def test_snapshots_are_rationed(power_on: Benches) -> None:
    """Three in a row, then one for each minute that has passed; a command is told why not."""
    bench, command = power_on("quiet"), {"cmd": "snapshot", "id": "c"}
    await bench.run(5)
    for _ in range(3):
        assert {"state": "taken"} == bench.endpoint.commands["snapshot"](command)
        await bench.run(3)
    with pytest.raises(ValueError, match="too many"):
        bench.endpoint.commands["snapshot"](command)
    await bench.run(60)
    bench.endpoint.commands["snapshot"](command)
    with pytest.raises(ValueError, match="too many"):
        bench.endpoint.commands["snapshot"](command)
    await bench.run(3)
    assert ["command"] * 4 == whys(bench)


async def test_a_picture_that_is_too_large_is_said(power_on: Benches) -> None:
    """It is not kept, and not silently so."""
    bench = power_on("quiet", snapshot_kb=4)
    await bench.run(5)
    bench.endpoint.commands["snapshot"]({"cmd": "snapshot", "id": "c"})
    await bench.run(3)

    assert "too_large" == bench.health_faults["snapshot"]
    assert [] == whys(bench)


async def test_new_settings(power_on: Benches) -> None:
    """Applied at once; wrong ones are refused with the field and change nothing."""
    bench = power_on("walker_night", zones=[])
    await bench.run(20)
    with pytest.raises(ValueError, match="zones"):
        bench.endpoint.apply({"version": 2, "limits": {"zones": [{"cells": "xyz"}], "frame_ms": 300}})
    assert 500 == bench.endpoint._judge.rules["frame_ms"]
    bench.endpoint.apply({"version": 3, "limits": {"zones": [YARD]}})
    await bench.run(40)

    assert bench.spans("motion")


async def test_self_test(power_on: Benches) -> None:
    """Says what fails."""
    bench, command = power_on("camera_dead"), {"cmd": "self_test", "id": "c"}
    await bench.run(20)
    assert {"passed": True, "failed": []} == bench.endpoint.commands["self_test"](command)
    assert [] == bench.reported
    bench.endpoint.commands["self_test"]({"by": "button"})
    assert [("self_test", {"passed": True, "failed": []})] == bench.reported
    await bench.run(30)
    assert {"passed": False, "failed": ["picture_lost", "camera_alive"]} == bench.endpoint.commands["self_test"](
        command
    )
