"""Units: every type both ways, and as much as can be had of what real devices make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gb26875 import facts, units
from domain.gb26875.names import SYSTEMS, TYPES, named
from domain.gb26875.part_names import PARTS
from domain.gb26875.states import ANALOGS, PART_BITS, SYSTEM_BITS, bits_of
from domain.gb26875.units import LAYOUTS, TEXTS, UnitError, decode, encode
from tests.domain.gb26875.vectors import REAL_FIRE, REAL_FIRE_TEXT

TAG = bytes((2, 58, 9, 26, 9, 12))
MOST = {1: 102, 2: 22, 3: 63, 4: 102, 24: 127, 7: 26}  # objects in a unit, table of clause 8
SIZES = {1: 4, 2: 40, 3: 10, 4: 4, 5: 4, 7: 38, 8: 8, 21: 1, 24: 2, 25: 2, 28: 6, 62: 6, 64: 9, 84: 7, 90: 6, 91: 1}


def test_every_type_of_the_standard_is_known() -> None:
    """Sizes as in the standard, a name for each, and no other."""
    assert {kind: LAYOUTS[kind].body.size for kind in SIZES} == SIZES
    assert set(TYPES) == {*LAYOUTS, *TEXTS}


@pytest.mark.parametrize("kind", MOST)
def test_the_largest_unit_fits_into_a_frame(kind: int) -> None:
    """As many objects as the standard allows, and one more would not fit."""
    layout = LAYOUTS[kind]
    step = layout.body.size + 6 * layout.tagged

    assert 2 + MOST[kind] * step <= 1024
    assert kind == 24 or 2 + (MOST[kind] + 1) * step > 1024


def fact_of(kind: int) -> facts.Fact:
    """Some object of a type."""
    layout = (LAYOUTS | TEXTS)[kind]
    names = [name for name in layout.cls.__dataclass_fields__ if name != "time"]
    values: dict[str, object] = {name: number for number, name in enumerate(names, 3)}
    values |= {name: TAG for name in ("tag", "since") if name in names}
    values |= {"text": "三层东走廊"} if "text" in names else {}
    values |= {"time": TAG} if layout.tagged else {}
    return layout.cls(**values)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [*LAYOUTS, *TEXTS])
def test_every_type_both_ways(kind: int) -> None:
    """One object and two."""
    for count in (1, 2):
        said = (fact_of(kind),) * count
        assert decode(encode(kind, said)) == units.Unit(type=kind, facts=said)


def test_a_real_fire() -> None:
    """The description in GB 18030, full-width letters as the panel has them."""
    unit = decode(REAL_FIRE[27:-3])

    (fire,) = unit.facts
    assert isinstance(fire, facts.PartState)
    assert (fire.state, fire.text, fire.part_address) == (0x0002, REAL_FIRE_TEXT, 0x000600D9)
    assert (fire.time, unit.problem) == (bytes.fromhex("301213010814"), "")


def test_whole_objects_are_taken_whatever_the_count_says() -> None:
    """A fire is not lost because its neighbour is cut off or was not counted."""
    said = encode(1, (fact_of(1), fact_of(1)))

    assert (len(decode(said[:-3]).facts), decode(said[:-3]).problem) == (1, "length")
    assert (len(decode(b"\x01\x01" + said[2:]).facts), decode(b"\x01\x01" + said[2:]).problem) == (2, "count")
    assert (len(decode(b"\x01\x04" + said[2:]).facts), decode(b"\x01\x04" + said[2:]).problem) == (2, "count")


def test_devices_that_leave_the_tags_out() -> None:
    """Then no object has a time of its own."""
    untagged = b"\x01\x02" + encode(1, (fact_of(1),))[2:6] * 2

    assert [fact.time for fact in decode(untagged).facts] == [b"", b""]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "short_unit"), (b"\x01", "short_unit"), (b"\x01\x01abc", "no_objects"), (b"\x01\x00", "no_objects"),
     (b"\x09\x01abc", "unknown_type"), (b"\x80\x01abc", "unknown_type"), (b"\x06\x01\x01\x01\xff", "no_objects")],
)  # fmt: skip
def test_what_cannot_be_understood_has_a_reason(data: bytes, reason: str) -> None:
    """It goes into quarantine with it."""
    with pytest.raises(UnitError) as caught:
        decode(data)

    assert caught.value.reason == reason


@given(st.binary(max_size=1024))
def test_nothing_but_a_unit_error(data: bytes) -> None:
    """Whatever the bytes."""
    try:
        unit = decode(data)
    except UnitError:
        return
    assert unit.facts


@given(st.text(max_size=40))
def test_descriptions_survive_as_far_as_they_fit(text: str) -> None:
    """Cut between characters, never inside one."""
    clean = units.read_text(text.encode("gb18030", errors="replace"))
    written = units.write_text(clean)

    assert len(written) <= 31
    assert clean.startswith(units.read_text(written))


def test_a_character_cut_in_two_is_left_out() -> None:
    """Real devices cut at 31 bytes, wherever that is."""
    text = "地下二层车库东侧消火栓泵房门口上" * 2

    assert units.read_text(text.encode("gb18030")[:31]) == text[:15]
    assert units.read_text("门厅".encode("gb18030") + b"   \0\0junk") == "门厅"


def test_names() -> None:
    """Both languages for every code, numbers for codes nobody knows, and bit 0 said as what it is."""
    for names in (SYSTEMS, PARTS, TYPES, SYSTEM_BITS, PART_BITS):
        assert all(name.zh and name.en for name in names.values())
    assert SYSTEMS[23].zh == "消防电源"
    assert str(PARTS[42]) == "点型光电感烟火灾探测器 / point photoelectric smoke detector"
    assert (named(PARTS, 200).zh, named(PARTS, 9).zh) == ("自定义类型 200", "未知类型 9")
    assert [name.zh for name in bits_of(0x0002, PART_BITS)] == ["测试", "火警"]
    assert [name.en for name in bits_of(0x0105, PART_BITS)] == ["normal", "fault", "power fault"]


def test_analog_values() -> None:
    """Signed steps; kilopascals are fine enough for fire mains, megapascals are not."""
    assert (ANALOGS[3].value(-215), ANALOGS[5].value(4213), ANALOGS[2].value(317)) == (-21.5, 421.3, 3.17)
    assert sorted(ANALOGS) == list(range(1, 13))
