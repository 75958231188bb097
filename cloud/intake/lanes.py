"""Which waits first of what came in and is not stored yet. Pure."""

from __future__ import annotations

import re

from domain.incidents import Kind

LIFE_SAFETY, OTHERS = 0, 1
_LIVES = re.compile(
    rb'"kind"\s*:\s*"(?:%s)"' % b"|".join(str(kind).encode() for kind in Kind if kind.life_safety)
)  # only the order hangs on it: whether it is such an incident is judged when it is decoded

_OFFLINE = re.compile(rb'"state"\s*:\s*"offline"')
LAST_WORD_MAX = 4096  # bytes; a farewell and a last will are some 200


def is_last_word(kind: str, payload: bytes) -> bool:
    """True for a farewell or a last will: the broker hands it out once, and nobody is there to say it again."""
    return kind == "status" and len(payload) <= LAST_WORD_MAX and _OFFLINE.search(payload) is not None


def lane(kind: str, payload: bytes) -> int:
    """Before which others a message is stored. All revisions of an incident have one kind, so they stay in order."""
    return LIFE_SAFETY if kind == "incident" and _LIVES.search(payload) else OTHERS
