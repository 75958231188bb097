"""Reports and tasks on their way to the cloud, and the list that comes back: wrong ones are named by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import desk, events
from protocol.errors import PayloadError

REPORT: dict[str, Any] = {
    "id": "hand-07-3-12",
    "site": "chunfeng",
    "device": "hand-07",
    "person": "lin-zhixia",
    "what": "accepted",
    "task": "t-1",
    "incident_id": "i-1",
    "counts": True,
    "at_ms": 1,
    "details": {},
}
TASK = {**REPORT, "id": "t-1:1", "state": "offered", "why": "alone"}
ROW = {"id": "i-1", "stage": "reported", "holder": None, "version": 1, "answers": 0}


def event(data: dict[str, Any], kind: str = events.REPORT) -> bytes:
    """In its envelope."""
    return events.encode(events.Event("m-1", "/sites/a/gateways/b", kind, "i-1", "2026-11-22T05:31:37Z", data))


@pytest.mark.parametrize(("kind", "data"), [(events.REPORT, REPORT), (events.TASK, TASK)])
def test_work_comes_back_as_it_was(kind: str, data: dict[str, Any]) -> None:
    """Whatever else it holds."""
    assert events.decode(event(data | {"new": 1}, kind)).data == data | {"new": 1}


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (events.REPORT, {"what": "gossip"}, "bad_what"),
        (events.REPORT, {"at_ms": -1}, "bad_at_ms"),
        (events.REPORT, {"person": 7}, "bad_person"),
        (events.REPORT, {"device": None}, "bad_device"),
        (events.REPORT, {"details": []}, "bad_details"),
        (events.REPORT, {"counts": "no"}, "bad_counts"),
        (events.TASK, {"incident_id": None}, "bad_incident_id"),
        (events.TASK, {"state": "lost"}, "bad_state"),
        (events.TASK, {"why": ""}, "bad_why"),
    ],
)
def test_a_wrong_field_is_named(kind: str, change: dict[str, Any], reason: str) -> None:
    """It goes to quarantine under that name."""
    with pytest.raises(PayloadError) as refused:
        events.decode(event((TASK if kind == events.TASK else REPORT) | change, kind))
    assert refused.value.reason == reason


def test_the_list_comes_back_as_it_was() -> None:
    """Whole."""
    assert desk.decode(desk.encode(7, [ROW])) == (7, [ROW])


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b'{"number": -1}',
        desk.encode(1, [ROW | {"stage": "lost"}]),
        desk.encode(1, [ROW | {"answers": None}]),
        desk.encode(1, [ROW | {"holder": 3}]),
        desk.encode(1, [7]),
        desk.encode(1, [ROW] * (desk.MAX_ROWS + 1)),
    ],
)
def test_a_wrong_list_is_refused_whole(payload: bytes) -> None:
    """Half a list would look as if the rest were unknown to the centre."""
    with pytest.raises(PayloadError):
        desk.decode(payload)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_anything_else_is_refused_and_nothing_breaks(value: object) -> None:
    """JSON that means something else."""
    for decode in (desk.decode, events.decode):
        with pytest.raises(PayloadError):
            decode(json.dumps(value).encode())
