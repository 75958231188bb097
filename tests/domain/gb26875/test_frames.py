"""Frames: the verified samples both ways, and whole frames out of any stream of bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gb26875 import units
from domain.gb26875.frames import MAX_ADDRESS, Broken, Command, Deframer, Frame, checksum, encode, reply
from tests.domain.gb26875.vectors import CENTRE, DEVICE, REAL_FIRE, SAMPLES, sample

FRAMES = st.builds(
    Frame,
    serial=st.integers(0, 0xFFFF),
    command=st.sampled_from(list(Command)),
    source=st.integers(0, MAX_ADDRESS),
    target=st.integers(0, MAX_ADDRESS),
    time=st.binary(min_size=6, max_size=6),
    version=st.binary(min_size=2, max_size=2),
    data=st.binary(max_size=200) | st.sampled_from([b"@@", b"##", b"@@##" * 9, b"@" * 40, bytes(1024)]),
)


def frames_in(data: bytes) -> list[Frame]:
    """Whole frames only."""
    return [found for found in Deframer().feed(data) if isinstance(found, Frame)]


@pytest.mark.parametrize("name", SAMPLES)
def test_verified_samples_both_ways(name: str) -> None:
    """Read, understood, and written again to the same bytes."""
    _, command, kind, fact = SAMPLES[name]

    (frame,) = frames_in(sample(name))

    assert (frame.serial, frame.version, frame.command) == (1, b"\x01\x01", command)
    from_device = kind is not None and kind < 61
    assert (frame.source, frame.target) == ((DEVICE, CENTRE) if from_device else (CENTRE, DEVICE))
    assert encode(frame) == sample(name)
    if kind is None or fact is None:
        assert frame.data == b""
    else:
        assert units.decode(frame.data) == units.Unit(type=kind, facts=(fact,))
        assert units.encode(kind, (fact,)) == frame.data


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("position", [2, 4, 7, 12, 18, 26])
def test_one_wrong_byte_is_a_wrong_checksum(name: str, position: int) -> None:
    """Negative samples: nothing is taken from a frame whose sum is wrong, and its head tells whom to deny."""
    wrong = bytearray(sample(name))
    wrong[position] ^= 0x10

    (broken,) = Deframer().feed(bytes(wrong))

    assert isinstance(broken, Broken)
    assert broken.why == "checksum"
    assert broken.head is not None


def test_the_printed_sample_with_a_misprint_is_refused() -> None:
    """The smoke sample of the transcription carries 0x46 and sums to something else as printed."""
    data = bytes.fromhex("0201 0101 2a 00000000 0200") + bytes(31) + bytes(6)
    frame = encode(Frame(serial=1, command=2, source=DEVICE, target=CENTRE, data=data))
    misprinted = frame[:-3] + bytes([(frame[-3] - 0x20) % 256]) + frame[-2:]

    assert [found.why for found in Deframer().feed(misprinted) if isinstance(found, Broken)] == ["checksum"]


def test_a_real_capture() -> None:
    """48 bytes of data, sum 0x68."""
    (frame,) = frames_in(REAL_FIRE)

    assert (len(frame.data), REAL_FIRE[-3], checksum(REAL_FIRE[2:-3])) == (48, 0x68, 0x68)
    assert (frame.source, frame.target) == (0, 0x010203040506)


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 90), max_size=40))
def test_split_and_glued_frames_come_out_whole(sent: list[Frame], cuts: list[int]) -> None:
    """However the stream is cut, every frame comes out once, in order, byte by byte the same."""
    stream, deframer, found = b"".join(encode(frame) for frame in sent), Deframer(), []
    for cut in [*cuts, len(stream)]:
        found += deframer.feed(stream[:cut])
        stream = stream[cut:]

    assert found == sent
    assert (deframer.noise_bytes, deframer.waits) == (0, False)


@given(FRAMES, st.binary(max_size=60))
def test_garbage_before_a_frame_costs_only_itself(frame: Frame, garbage: bytes) -> None:
    """At the latest when nothing more comes, the frame behind it is there."""
    deframer = Deframer()
    found = deframer.feed(garbage + encode(frame)) + deframer.give_up()

    assert frame in found
    assert not deframer.waits


@given(st.binary(max_size=4000))
def test_nothing_breaks_it_and_it_holds_less_than_a_frame(data: bytes) -> None:
    """Whatever comes, it goes on, and every byte is a frame's or counted as noise."""
    deframer = Deframer()
    found = deframer.feed(data)

    assert len(deframer._buffer) < 1054
    found += deframer.give_up()
    whole = sum(len(encode(one)) for one in found if isinstance(one, Frame))
    assert whole + deframer.noise_bytes >= len(data) - sum(1056 for one in found if isinstance(one, Broken))


def test_what_is_wrong_is_named() -> None:
    """Sum, command, length and end; what stands behind is read."""
    good = Frame(serial=7, command=2, source=1, target=2, data=b"abc")
    wire, other = encode(good), encode(replace(good, command=9))
    cases = {
        "command": other,
        "end": wire[:-1] + b"$",
        "length": wire[:24] + b"\xff\xff" + wire[26:],
    }
    for why, bad in cases.items():
        found = Deframer().feed(bad + wire)
        assert next(one.why for one in found if isinstance(one, Broken)) == why
        assert found[-1] == good


def test_a_false_start_gives_way_when_nothing_more_comes() -> None:
    """ "@@" in noise with a length that fits promises a thousand bytes; the fire behind it does not wait for them."""
    false = b"@@" + bytes(22) + b"\x00\x04\x02"
    deframer = Deframer()

    assert deframer.feed(false + REAL_FIRE) == []
    assert deframer.waits
    assert [type(one) for one in deframer.give_up()] == [Broken, Frame]


def test_a_reply_echoes_serial_and_version() -> None:
    """And goes back where the frame came from."""
    frame = Frame(serial=513, command=2, source=9, target=8, version=b"\x10\x00", data=b"x")
    answer = reply(frame, Command.CONFIRM, bytes(6))

    assert (answer.serial, answer.version, answer.source, answer.target, answer.data) == (513, b"\x10\x00", 8, 9, b"")


@pytest.mark.parametrize("wrong", [{"data": bytes(1025)}, {"source": -1}, {"target": MAX_ADDRESS + 1}])
def test_what_does_not_fit_is_not_sent(wrong: dict[str, object]) -> None:
    """A frame too long would be thrown away by every receiver."""
    with pytest.raises(ValueError, match=r"fit|takes"):
        encode(replace(Frame(serial=1, command=2, source=1, target=2), **wrong))  # type: ignore[arg-type]
