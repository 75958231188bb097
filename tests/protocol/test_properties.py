"""Whatever goes in: encoders and decoders undo each other, and garbage never does worse than raise."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import events, mqtt_packets, senml, status, topics
from protocol.channels import KINDS, is_bool
from protocol.errors import PacketError, PayloadError, ProtocolError
from protocol.rise import Rise
from protocol.threshold import CLEARED, RAISED, Threshold

level = st.text("abcXYZ019-_.", min_size=1, max_size=64)
number = st.floats(-1e6, 1e6) | st.integers(-(10**9), 10**9)
values = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.fixed_dictionaries({}, optional={n: st.booleans() if is_bool(n) else number for n in KINDS[kind]})
)
packs = st.builds(
    senml.Pack,
    device=level,
    boot=st.integers(0, 2**31),
    seq=st.integers(0, 2**31),
    at_ms=st.none() | st.integers(1000 * 2**28, 2**42),
    age_ms=st.integers(0, 10**8),
    backfill=st.booleans(),
    values=values,
    faults=st.dictionaries(st.sampled_from(sorted(KINDS["fire"])), st.text(max_size=20), max_size=2),
)


@given(level, level, st.sampled_from(topics.KINDS))
def test_topic_roundtrip(site, device, kind):
    """parse() undoes build() for every legal topic."""
    assert topics.parse(topics.build(site, device, kind)) == (site, device, kind)


@given(st.text())
def test_any_text_as_a_topic(topic):
    """A topic parses or raises our error, nothing else."""
    with contextlib.suppress(ProtocolError):
        assert topics.build(*topics.parse(topic)) == topic


@given(packs)
def test_pack_roundtrip(pack):
    """decode() undoes encode() for every sample an endpoint can take."""
    if not pack.values and not pack.faults:
        with pytest.raises(PayloadError):
            senml.encode(pack)
        return
    back = senml.decode(senml.encode(pack))
    assert vars(back) == {**vars(pack), "age_ms": pack.age_ms if pack.at_ms is None else 0}


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_as_a_message(payload):
    """Garbage is refused with our error by every decoder."""
    for decode in (senml.decode, status.decode, events.decode):
        with pytest.raises(PayloadError):
            decode(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["bn", "bt", "n", "v", "vb", "vs", "boot", "seq", "t", "bver"]), json_values),
        max_size=3,
    )
)
def test_any_json_as_readings(records):
    """Well-formed JSON of the wrong shape is refused with our error too."""
    import json

    with contextlib.suppress(PayloadError):
        senml.decode(json.dumps(records).encode())


@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes_from_a_broker(data, size):
    """The reader raises PacketError or waits for more; it never crashes."""
    reader = mqtt_packets.Reader()
    try:
        for start in range(0, len(data), size):
            reader.feed(data[start : start + size])
    except PacketError:
        pass


@given(st.lists(st.floats(-50, 150)), st.integers(0, 5000))
def test_edges_alternate(samples, hold_ms):
    """RAISED and CLEARED strictly alternate, RAISED first, whatever the input."""
    limit = Threshold(57.0, 50.0, hold_ms)
    edges = [edge for i, value in enumerate(samples) if (edge := limit.feed(value, i * 1000))]
    assert edges == [RAISED, CLEARED] * (len(edges) // 2) + [RAISED] * (len(edges) % 2)


@given(st.integers(0, 2**41), st.floats(-100, 100), st.floats(-50, 50), st.integers(40, 120))
def test_rise_of_a_line_is_its_slope(start_ms, per_minute, offset, count):
    """On a straight line the slope is exact, wherever the line lies in time."""
    rise = Rise(60_000)
    for second in range(count):
        slope = rise.feed(offset + per_minute * second / 60, start_ms + second * 1000)
    assert slope == pytest.approx(per_minute, abs=1e-6)
