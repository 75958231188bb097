"""Commands, settings, reports, pieces and tasks: encoders and decoders undo each other, garbage is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands, configuration, pieces, reports, tasks
from protocol.errors import PayloadError

name = st.text(min_size=1, max_size=20)
whole = st.integers(0, 2**53)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
extras = st.dictionaries(st.text("xyz", min_size=1, max_size=4), json_value, max_size=3)
DECODERS = (
    commands.decode_command, commands.decode_answer, configuration.decode, reports.decode, reports.decode_receipt,
    tasks.decode, pieces.decode_fetch, lambda payload: pieces.decode(payload, pieces.MAX_SNAPSHOT),
)  # fmt: skip
FIELDS = (
    "id", "cmd", "ok", "data", "version", "what", "boot", "at_ms", "age_ms", "reports", "piece", "next", "offset",
    "size", "kind", "severity", "place", "text", "state", "revision", "deadline_ms", "ticks_ms", "utc_ms",
)  # fmt: skip


@given(st.sampled_from(commands.COMMANDS), name, extras)
def test_command_roundtrip(cmd, id, details):
    """What is told arrives, unknown details too."""
    assert commands.decode_command(commands.encode_command(cmd, id, **details)) == {"cmd": cmd, "id": id, **details}


@given(name, st.booleans(), extras)
def test_answer_roundtrip(id, ok, data):
    """The endpoint's yes or no with its data."""
    assert commands.decode_answer(commands.encode_answer(id, ok, data)) == (id, ok, data)


@given(whole, extras)
def test_settings_roundtrip(version, settings):
    """What they hold is not this module's business."""
    told = {**settings, "version": version}
    assert configuration.decode(configuration.encode(told)) == told


@given(name, whole, st.none() | whole, whole, st.sampled_from(reports.WHATS), extras)
def test_report_roundtrip(id, boot, at_ms, age_ms, what, more):
    """With and without a clock."""
    report = {**more, "id": id, "boot": boot, "at_ms": at_ms, "age_ms": age_ms, "what": what}
    assert reports.decode(reports.encode(report)) == report


@given(st.lists(name, max_size=10), name, whole)
def test_receipt_roundtrip(ids, snapshot, offset):
    """Of reports, or of a piece."""
    assert reports.decode_receipt(reports.encode_receipt(ids)) == (ids, "", 0)
    assert reports.decode_receipt(reports.encode_piece_receipt(snapshot, offset)) == ([], snapshot, offset)


@given(name, st.binary(min_size=1, max_size=pieces.PIECE_BYTES), st.integers(0, 10**6), st.integers(0, 10**6))
def test_piece_roundtrip(id, data, offset, rest):
    """Any bytes, line feeds too; what does not fit the largest whole is refused."""
    head = {"id": id, "offset": offset, "size": offset + len(data) + rest}
    wire = pieces.encode(head, data)
    if head["size"] > pieces.MAX_SNAPSHOT:
        with pytest.raises(PayloadError):
            pieces.decode(wire, pieces.MAX_SNAPSHOT)
    else:
        assert pieces.decode(wire, pieces.MAX_SNAPSHOT) == (head, data)


@given(st.binary(min_size=1, max_size=5000), st.integers(1, pieces.PIECE_BYTES))
def test_a_whole_survives_in_pieces(whole_bytes, size):
    """Sent from where the receipt says, whatever the size of the pieces, the whole is the same."""
    got, offset = b"", 0
    while offset < len(whole_bytes):
        head = {"id": "s", "offset": offset, "size": len(whole_bytes)}
        back, data = pieces.decode(pieces.encode(head, whole_bytes[offset : offset + size]), pieces.MAX_SNAPSHOT)
        assert back["offset"] == len(got)
        got += data
        offset = reports.decode_receipt(reports.encode_piece_receipt("s", len(got)))[2]
    assert got == whole_bytes


@given(
    st.fixed_dictionaries(dict.fromkeys(("id", "kind", "severity", "place", "text"), name)),
    st.sampled_from(tasks.STATES), whole, st.none() | whole, extras,
)  # fmt: skip
def test_task_roundtrip(texts, state, revision, deadline_ms, more):
    """With and without a deadline."""
    task = {**more, **texts, "state": state, "revision": revision, "deadline_ms": deadline_ms}
    wire = json.dumps(task).encode()
    if len(wire) <= tasks.MAX_BYTES:
        assert tasks.decode(tasks.encode(task)) == task


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused_or_read(payload):
    """Garbage does no worse than PayloadError."""
    for decode in DECODERS:
        with contextlib.suppress(PayloadError):
            decode(payload)


@given(st.dictionaries(st.sampled_from(FIELDS), json_value, max_size=9), st.binary(max_size=20))
def test_any_object_is_refused_or_read(fields, tail):
    """Well-formed JSON with fields of any type does no worse either, alone or as the head of a piece."""
    wire = json.dumps(fields).encode()
    for decode in DECODERS:
        for payload in (wire, wire + b"\n" + tail):
            with contextlib.suppress(PayloadError):
                decode(payload)
