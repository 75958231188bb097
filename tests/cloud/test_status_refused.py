"""A status that cannot be stored is refused by its id, so that its gateway hears of it; mended it is taken."""

from __future__ import annotations

import json

import pytest

from cloud.intake.accept import accept_urgent
from gateway.health.acceptance import clean
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.test_bounds import Letter

ID = "01a201bd-2b10-7c11-8f00-0242ac120002"


@pytest.mark.parametrize("text", ["esp\ud800", "esp\0"])
def test_a_refused_status_is_named(centre: Centre, text: str) -> None:
    """What a store takes differs: whatever it does not take must not make a gateway silent."""
    row = {
        "device": "fire-a",
        "kind": "fire",
        "place": text,
        "grid": "1",
        "state": "online",
        "channels": {"smoke": text},
    }
    page = {"part": "endpoints", "page": 0, "pages": 1, "rows": [{"device": "fire-a", "board": text}]}
    said = {"state": "online", "why": "heartbeat", "boot": 1, "at_ms": START_MS, "endpoints": [row], "inventory": page}
    (verdict,), _ = accept_urgent(centre.desk, [Letter(json.dumps({"id": ID, **said}).encode(), kind="status")])
    assert (verdict.message_id, bool(verdict.reason)) in {(ID, True), (None, False)}
    assert verdict.reason or text == "esp\0"

    (verdict,), _ = accept_urgent(centre.desk, [Letter(json.dumps(clean(said)).encode(), kind="status")])
    assert verdict.reason == ""
    (gateway,) = centre.desk.gateway_rows()
    assert (gateway.state, len(gateway.endpoints)) == ("online", 1)
