"""The ring and the outbox on it: pure CPython, real files; the same ring cases on MicroPython's littlefs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device import sample as samples
from firmware.device.endpoints import fire
from firmware.device.outbox import Outbox
from firmware.device.store import Ring
from protocol.channel_tables import lift
from simulators.virtual_board.flash import micropython_argv
from tests.firmware import ring_cases


@pytest.mark.parametrize("case", ring_cases.CASES, ids=lambda case: case.__name__)
def test_ring(case: Callable[[str], None], tmp_path: Path) -> None:
    """The cases on the file system of this machine."""
    case(str(tmp_path / "ring"))


def test_ring_on_micropython(repository: Path) -> None:
    """The same cases under MicroPython on littlefs."""
    argv = micropython_argv(4096, repository / "tests/firmware/ring_on_board.py", str(repository))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    assert [f"ok {case.__name__}" for case in ring_cases.CASES] == done.stdout.splitlines(), done.stdout + done.stderr


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 60), damage=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=4))
def test_ring_with_rotten_bytes(count: int, damage: list[tuple[int, int]]) -> None:
    """Whatever bytes rot, the ring mounts, gives only records that were written, in order, and can be written again."""
    with TemporaryDirectory() as folder:
        ring = Ring(folder, 50, ring_cases.SEGMENT)
        ring.extend(ring_cases.records(count))
        files = sorted(Path(folder).iterdir())
        for at, byte in damage:
            path = files[at % len(files)]
            data = bytearray(path.read_bytes())
            data[at % len(data)] = byte
            path.write_bytes(data)
        rotten = Ring(folder, 50, ring_cases.SEGMENT)
        kept = ring_cases.contents(rotten)
        written = iter(ring_cases.records(count))

        assert all(record in written for record in kept)
        rotten.extend([b"after"])
        assert [*kept, b"after"] == ring_cases.contents(rotten)


RECORDS = samples.Records(fire.CHANNELS, fire.DIGITS)


Owed = tuple[bytes, bool]


def _next(outbox: Outbox) -> Owed | None:
    live = outbox.live()
    if live is not None:
        return live, False
    late = outbox.backfill()
    return None if late is None else (late, True)


def _sample(seq: int, boot: int = 1) -> bytes:
    return RECORDS.pack(_values(seq, boot))


def _values(seq: int, boot: int = 1) -> samples.Sample:
    return samples.Sample(boot, seq, seq * 1000, None, {"smoke": 0.01, "call_point": False}, {"co": "no_answer"})


def _outbox(folder: Path, segments: int = 50) -> Outbox:
    return Outbox(1, RECORDS, Ring(f"{folder}/alarms", segments, 400), Ring(f"{folder}/history", segments, 400))


def _seq(owed: Owed) -> int:
    return samples.key(owed[0]) & 0xFFFFFFFF


def _ack(outbox: Outbox, owed: Owed) -> None:
    outbox.stored(samples.key(owed[0]) >> 32, [(_seq(owed), _seq(owed))])


def _drain(outbox: Outbox) -> list[tuple[int, bool]]:
    sent = []
    while (ticket := _next(outbox)) is not None:
        sent.append((_seq(ticket), ticket[1]))
        _ack(outbox, ticket)
    return sent


def test_a_sample_survives_flash() -> None:
    """unpack() undoes pack(); what another firmware wrote is left alone."""
    before = _values(7)
    after = RECORDS.unpack(RECORDS.pack(before))

    assert RECORDS.ours(RECORDS.pack(before))
    assert (7, 1, 7000, None, before.values, before.faults) == (
        after.seq,
        after.boot,
        after.uptime_ms,
        after.utc_ms,
        after.values,
        after.faults,
    )
    assert [False, False, False] == [RECORDS.ours(record) for record in (b"[2,1]", b"", b"\xff" * 40)]


REASONS = st.one_of(st.sampled_from(["disabled", "no_answer", "untested"]), st.text("abc_9", min_size=1, max_size=64))


@given(
    temp=st.floats(-45, 130),
    smoke=st.floats(-0.2, 20),
    pressed=st.booleans(),
    reasons=st.dictionaries(st.sampled_from(["co", "battery", "mains", "tamper"]), REASONS),
    uptime_ms=st.integers(0, 2**45),
    utc_ms=st.none() | st.integers(1, 2**45),
)
def test_any_sample_survives_packing(
    temp: float, smoke: float, pressed: bool, reasons: dict[str, str], uptime_ms: int, utc_ms: int | None
) -> None:
    """With the digits that mean something; a channel with neither value nor fault stays absent."""
    values = {"temp": round(temp, 2), "smoke": round(smoke, 4), "call_point": pressed}
    before = samples.Sample(2**31, 2**31, uptime_ms, utc_ms, dict(values), dict(reasons))
    after = RECORDS.unpack(RECORDS.pack(before))

    assert (values, reasons) == (after.values, after.faults)
    assert (2**31, 2**31, uptime_ms, utc_ms) == (after.boot, after.seq, after.uptime_ms, after.utc_ms)


def test_a_record_of_another_table_is_passed_over_and_counted(tmp_path: Path) -> None:
    """Another kind, another order or other digits: not ours, never misread."""
    others = [
        samples.Records(lift.CHANNELS, {}),
        samples.Records(fire.CHANNELS, {**fire.DIGITS, "temp": 1}),
        samples.Records(dict(reversed(fire.CHANNELS.items())), fire.DIGITS),
    ]
    assert [False] * 3 == [RECORDS.ours(other.pack(_values(1))) for other in others]
    Ring(f"{tmp_path}/history", 50, 400).extend([others[0].pack(_values(1)), _sample(2)])
    outbox = _outbox(tmp_path)
    outbox.went_online()
    assert [(2, True)] == _drain(outbox)
    assert (1, 0) == (outbox.unreadable, outbox.pending())


def test_flash_is_left_alone_while_the_link_is_up(tmp_path: Path) -> None:
    """Acknowledged samples never touch the ring."""
    outbox = _outbox(tmp_path)
    outbox.went_online()
    for seq in range(100):
        outbox.put(_sample(seq), False)
        assert [(seq, False)] == _drain(outbox)

    assert [] == list((tmp_path / "history").iterdir()) + list((tmp_path / "alarms").iterdir())


def test_live_overtakes_backfill_and_alarms_overtake_history(tmp_path: Path) -> None:
    """After an outage: new samples first, then the alarm ring, then history."""
    outbox = _outbox(tmp_path)
    for seq in range(20):
        outbox.put(_sample(seq), urgent=10 <= seq < 13)
    outbox.went_online()
    first = _next(outbox)
    outbox.put(_sample(20), False)
    second = _next(outbox)

    assert first is not None
    assert second is not None
    assert [(19, False), (20, False)] == [(_seq(new), new[1]) for new in (first, second)]
    _ack(outbox, first)
    _ack(outbox, second)
    rest = _drain(outbox)
    backfill = [seq for seq, is_backfill in rest if is_backfill]
    assert [10, 11, 12] == backfill[:3]
    assert set(range(21)) == {seq for seq, _ in rest} | {_seq(first), _seq(second)}
    assert 0 == outbox.pending()


def test_history_never_pushes_out_alarms(tmp_path: Path) -> None:
    """An outage far longer than the ring: every alarm sample is still there."""
    outbox = _outbox(tmp_path, segments=4)
    for seq in range(500):
        outbox.put(_sample(seq), urgent=50 <= seq < 60)
    outbox.went_online()
    sent = {seq for seq, _ in _drain(outbox)}

    assert set(range(50, 60)) <= sent
    assert 500 == len(sent) + outbox.dropped()


def test_broken_flash_is_counted_and_does_not_stop_sampling(tmp_path: Path) -> None:
    """Where nothing can be written, samples still go out live; what could not be kept is counted as dropped."""
    outbox = _outbox(tmp_path)
    for folder in ("alarms", "history"):
        (tmp_path / folder).rmdir()
    for seq in range(16):
        outbox.put(_sample(seq), urgent=seq == 3)
    outbox.went_online()
    outbox.put(_sample(16), True)

    assert _drain(outbox) == [(16, False)]
    assert outbox.dropped() == 16


def test_one_acknowledgement_too_few_is_noticed_among_many(tmp_path: Path) -> None:
    """A sample whose acknowledgement got lost goes again, however many later ones are acknowledged."""
    outbox = _outbox(tmp_path)
    outbox.went_online()
    outbox.put(_sample(0), False)
    assert _next(outbox) is not None
    again: list[tuple[int, bool]] = []
    for seq in range(1, 30):
        outbox.put(_sample(seq), False)
        again += [sent for sent in _drain(outbox) if sent[0] == 0]
        outbox.second_passed()

    assert again == [(0, True)]
    assert outbox.pending() == 0


def test_a_ring_that_cannot_be_mounted_is_empty_and_counted(tmp_path: Path) -> None:
    """Rotten directories must not keep the board from starting."""
    ring = Ring(str(tmp_path / "nowhere" / "ring"), 4)

    assert (len(ring), ring.torn, list(ring.peek(4))) == (0, 1, [])
    with pytest.raises(FileNotFoundError):
        ring.extend([b"record"])


class _Life:
    """An outbox and everything that can happen to it, one method per event."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.outbox = _outbox(folder)
        self._flying: list[Owed] = []
        self.seq = 0
        self.urgent: set[int] = set()
        self.arrived: set[int] = set()
        self.in_ram: set[int] = set()  # at a power cut: the only samples that may be lost

    def put(self) -> None:
        self.outbox.put(_sample(self.seq), False)
        self.seq += 1

    def alarm(self) -> None:
        self.urgent.add(self.seq)
        self.outbox.put(_sample(self.seq), True)
        self.seq += 1

    def up(self) -> None:
        if not self.outbox.online:
            self.outbox.went_online()

    def down(self) -> None:
        self.outbox.went_offline()
        self._flying.clear()

    def send(self) -> None:
        if self.outbox.online and (ticket := _next(self.outbox)) is not None:
            self._flying.append(ticket)

    def ack(self) -> None:
        if self._flying:
            ticket = self._flying.pop(0)
            _ack(self.outbox, ticket)
            self.arrived.add(_seq(ticket))

    def silence(self) -> None:
        """The gateway says nothing for longer than the endpoint waits."""
        if self.outbox.online:
            for _ in range(11):
                self.outbox.second_passed()
            self._flying.clear()

    def cut(self) -> None:
        self.in_ram |= {_seq(held) for held in self.outbox._waiting + self.outbox._flying if not held[1]}
        self.outbox = _outbox(self._folder)
        self._flying.clear()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["put", "alarm", "up", "down", "send", "ack", "silence", "cut"]), max_size=120))
def test_nothing_is_lost_whatever_happens(steps: list[str]) -> None:
    """Any order of samples, outages, acknowledgements, power cuts: every alarm sample arrives, others but for RAM."""
    with TemporaryDirectory() as folder:
        life = _Life(Path(folder))
        for step in steps:
            getattr(life, step)()
        life.down()
        life.up()
        life.arrived |= {seq for seq, _ in _drain(life.outbox)}

        assert life.urgent <= life.arrived
        assert set(range(life.seq)) - life.arrived <= life.in_ram
        assert life.outbox.pending() == 0
