"""Which waits first of what came in and is not stored yet. Pure."""

from __future__ import annotations

import re

from domain.incidents import Kind

LIFE_SAFETY, OTHERS = 0, 1
_LIVES = re.compile(
    rb'"kind"\s*:\s*"(?:%s)"' % b"|".join(str(kind).encode() for kind in Kind if kind.life_safety)
)  # only the order hangs on it: whether it is such an incident is judged when it is decoded


def lane(kind: str, payload: bytes) -> int:
    """Before which others a message is stored. All revisions of an incident have one kind, so they stay in order."""
    return LIFE_SAFETY if kind == "incident" and _LIVES.search(payload) else OTHERS
