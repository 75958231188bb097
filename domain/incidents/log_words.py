"""Words of an incident's log that are no moves: whoever writes them and whoever counts them share these."""

from __future__ import annotations

CLOCK = "clock"  # the actor of everything that happens because a time has come
ESCALATED = "escalated"  # one more tier was called
HANDED_OVER = "handed_over"  # with a shift, to who takes over
