"""Presence follows its table; being away is one incident."""

from __future__ import annotations

from itertools import count

import pytest

from domain.availability import PRESENCE_MOVES, Availability, Presence, Sign
from domain.incidents import ConditionEvent


@pytest.mark.parametrize("presence", Presence)
@pytest.mark.parametrize("sign", Sign)
def test_every_pair(presence: Presence, sign: Sign) -> None:
    """Whatever is known, every sign is understood; only samples make an endpoint online, other talk changes nothing."""
    after = PRESENCE_MOVES[presence, sign]

    expected = {Sign.HEARD: Presence.ONLINE, Sign.TALKED: presence}
    assert after is expected.get(sign, Presence.OFFLINE)


def test_away_and_back_is_one_incident() -> None:
    """Raised once, cleared when it talks again, raised anew the next time."""
    ids = count()
    availability = Availability()
    signs = [Sign.HEARD, Sign.LEFT, Sign.SILENT, Sign.HEARD, Sign.HEARD, Sign.SILENT]
    changes = [
        (change.event, change.incident.id, change.incident.revision)
        for at_ms, sign in enumerate(signs)
        for change in availability.on(sign, at_ms, "silence", lambda: str(next(ids)))
    ]

    assert changes == [
        (ConditionEvent.RAISED, "0", 1),
        (ConditionEvent.CLEARED, "0", 2),
        (ConditionEvent.RAISED, "1", 1),
    ]
