"""What people have chosen for themselves, kept from one log-in to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cloud.store.engine import Store
from cloud.store.models_preferences import PreferenceRow
from runtime.clock import Clock

NAMES = frozenset({"board"})  # the filter of the board
DOCUMENT_MAX = 2000  # default, characters of JSON


class Preferences:
    """Small documents, one per person and name. Only the person himself reads and writes them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, person: str, name: str) -> dict[str, str]:
        """What he chose; nothing where he never did."""
        with self._store.read() as session:
            row = session.get(PreferenceRow, (person, name))
            return {key: str(value) for key, value in row.document.items()} if row is not None else {}

    def keep(self, person: str, name: str, document: Mapping[str, str]) -> None:
        """Keep it instead of what was; an empty one is forgotten. Raises ValueError for what is unknown or too long."""
        if name not in NAMES:
            raise ValueError(f"nothing called {name} is kept; known: {', '.join(sorted(NAMES))}")
        if len(json.dumps(dict(document))) > DOCUMENT_MAX:
            raise ValueError(f"{name}: more than {DOCUMENT_MAX} characters; choose less")
        with self._store.write() as session:
            row = session.get(PreferenceRow, (person, name))
            if not document:
                if row is not None:
                    session.delete(row)
            elif row is None:
                now_ms = self._clock.now_ms()
                session.add(PreferenceRow(person=person, name=name, document=dict(document), changed_at_ms=now_ms))
            else:
                row.document, row.changed_at_ms = dict(document), self._clock.now_ms()
