"""What the analysis promises, for any picture."""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device import video_rules, video_scene
from firmware.device.video_scene import CELLS, COLUMNS, MASKED, Scene, difference, follow, isqrt, moving, sample, spread
from simulators.environments import pictures
from simulators.environments.video import VideoEnvironment

CLEAR = VideoEnvironment()
MOVED = video_rules.LIMITS["moved"][0]
OPEN = bytearray(CELLS)
cell_values = st.lists(st.integers(0, 4080), min_size=CELLS, max_size=CELLS)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**60))
def test_square_root(number: int) -> None:
    """The same as the standard library's."""
    assert math.isqrt(number) == isqrt(number)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 255), st.sampled_from([(64, 48), (80, 60), (160, 120), (96, 96)]))
def test_one_colour_has_no_edges(grey: int, size: tuple[int, int]) -> None:
    """Of any grey and any size: no sharpness, no spread, its own brightness."""
    scene = Scene()
    for _ in range(9):
        scene.look(bytes([grey]) * (size[0] * size[1]), size[0], 12)

    assert (0, 0, True) == (scene.sharpness, scene.spread, scene.blank)
    assert scene.luminance == grey * 1000 // 255
    assert scene.difference is None
    assert scene.learnt() is None  # nothing that could be known again


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=64 * 48, max_size=64 * 48), st.sets(st.integers(0, CELLS - 1)))
def test_masked_cells_are_never_read(noise: bytes, masked: set[int]) -> None:
    """Whatever stands in a masked cell, the result is the same."""
    zones = bytearray(MASKED if cell in masked else 0 for cell in range(CELLS))
    changed = bytearray(noise)
    for cell in masked:
        for row in range(4):
            at = (cell // COLUMNS * 4 + row) * 64 + cell % COLUMNS * 4
            for i in range(at, at + 4):
                changed[i] ^= 0xFF
    found = []
    for frame in (noise, bytes(changed)):
        cells = array("H", bytes(2 * CELLS))
        edges = sample(frame, 64, zones, cells)
        inner = [cells[cell] for cell in range(CELLS) if cell not in masked]
        found.append((inner, spread(cells, zones)))
        assert edges >= 0
    assert found[0] == found[1]


@settings(deadline=None, max_examples=50)
@given(cell_values, st.integers(1, 5), st.integers(0, 400))
def test_brightness_and_contrast_are_no_difference(cells: list[int], gain: int, offset: int) -> None:
    """A scene is the same at half the light and with a grey veil over it."""
    brighter = [cell * gain // 5 + offset for cell in cells]
    _, wide = spread(cells, OPEN)
    _, other = spread(brighter, OPEN)

    if wide >= 200 and other >= 100:
        assert difference(brighter, cells, OPEN) <= 60


@settings(deadline=None, max_examples=50)
@given(cell_values, cell_values)
def test_difference_is_symmetric_and_bounded(one: list[int], other: list[int]) -> None:
    """From 0 to 1000, and the same both ways, up to rounding."""
    there, back = difference(one, other, OPEN), difference(other, one, OPEN)

    assert 0 <= there <= 1000
    assert abs(there - back) <= 2
    assert difference(one, one, OPEN) <= 40


@settings(deadline=None, max_examples=50)
@given(cell_values, cell_values, st.integers(0, 6))
def test_the_reference_arrives(start: list[int], goal: list[int], shift: int) -> None:
    """Step by step nearer, never past it, and there in the end."""
    slow = array("H", start)
    for _ in range(450):
        before = list(slow)
        follow(slow, goal, shift)
        assert all(abs(goal[i] - slow[i]) <= abs(goal[i] - before[i]) for i in range(0, CELLS, 17))
    assert list(slow) == goal


@settings(deadline=None, max_examples=50)
@given(cell_values, st.integers(-500, 500))
def test_more_light_moves_nothing(cells: list[int], light: int) -> None:
    """All cells brighter by the same amount: no movement."""
    count, total, counts = moving([cell + light for cell in cells], cells, OPEN, 2)

    assert (CELLS, 0, [0] * 7) == (count, total, counts)


def taught(seed: int) -> Scene:
    """A scene that has learnt a place."""
    scene = Scene()
    for number in range(10):
        scene.look(pictures.grey(CLEAR, number, 160, 120, seed), 160, 12)
    return scene


def shown(scene: Scene, seed: int, **changes: object) -> Scene:
    """The scene after one more frame."""
    moment = replace(CLEAR, **changes)  # type: ignore[arg-type]
    scene.look(pictures.grey(moment, 77, 160, 120, seed), 160, 12)
    return scene


@pytest.mark.parametrize("seed", range(12))
def test_what_the_figures_say_of_a_place(seed: int) -> None:
    """A walker, dusk and noise leave the scene what it is; a cover, blur and a turned camera do not. In any place."""
    for changes in ({}, {"walker": 0.5}, {"light": 0.6}, {"light": 0.4}, {"noise": 4.0}):
        scene = shown(taught(seed), seed, **changes)
        assert scene.difference is not None
        assert scene.difference < MOVED, changes
        assert not _covered(scene), changes
    for changes in ({"lens": "covered"}, {"lens": "covered", "noise": 6.0}, {"lens": "defocused"}, {"light": 0.02}):
        assert _covered(shown(taught(seed), seed, **changes)), changes
    for turned in (0.3, 0.6, 0.9):
        scene = shown(taught(seed), seed, turned=turned)
        assert scene.difference is not None
        assert scene.difference > MOVED, turned
        assert not _covered(scene)


def _covered(scene: Scene) -> bool:
    blurred = scene.sharpness * 1000 < scene.learnt_sharpness * 333
    return blurred or scene.spread * 1000 < scene.learnt_spread * 333


@pytest.mark.parametrize("seed", range(6))
def test_a_walker_moves_where_he_walks(seed: int) -> None:
    """Cells of the zone he crosses, none of the other half; nothing when nobody is there."""
    scene = taught(seed)
    for cell in range(CELLS):
        scene.zones[cell] = 1 if cell % COLUMNS < COLUMNS // 2 else 2
    scene.counts = [0] * 7
    for number in range(10, 20):
        scene.look(pictures.grey(CLEAR, number, 160, 120, seed), 160, 12)
    assert [0, 0] == scene.counts[:2]
    for number, walker in enumerate((0.6, 0.7, 0.8)):
        scene.look(pictures.grey(replace(CLEAR, walker=walker), number, 160, 120, seed), 160, 12)

    assert scene.counts[0] == 0
    assert scene.counts[1] >= 2


def test_dusk_is_learnt_and_a_cover_is_not() -> None:
    """Over hours the reference follows the light; what no longer looks like the scene teaches nothing."""
    scene = taught(3)
    for step in range(200):
        shown(scene, 3, light=round(1 - 0.004 * step, 3))
        assert not _covered(scene), step
        assert scene.learn()
    sharpness = scene.learnt_sharpness
    for _ in range(200):
        shown(scene, 3, lens="covered", light=0.2)
        assert not scene.learn()
    assert sharpness == scene.learnt_sharpness
    assert _covered(scene)


def test_a_scene_from_flash_of_a_wrong_length_is_none() -> None:
    """Then it is learnt anew."""
    for stored in (b"", b"x" * 387, b"x" * 389):
        assert Scene(stored).difference is None
        assert Scene(stored).learnt() is None
    kept = taught(1).learnt()
    assert kept is not None
    assert kept == Scene(kept).learnt()


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32))
def test_small_integers_suffice(seed: int) -> None:
    """The sums of the sharpest frame there can be fit into the 31 bits of a board's small integer."""
    draw_from = random.Random(seed)
    frame = bytes(draw_from.choice((0, 255)) for _ in range(64 * 48))
    cells = array("H", bytes(2 * CELLS))
    edges = sample(frame, 64, OPEN, cells)

    assert edges <= 1020 * 1020
    assert edges // 4 * 768 < 2**30
    assert video_scene.ROWS * COLUMNS == CELLS
