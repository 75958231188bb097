"""How long to wait before connecting again."""

from random import random

_FIRST_S = 0.5
CAP_S = 10.0  # the gateway calls an endpoint offline after 15 s of silence


def delay_s(attempt: int, rand=random) -> float:
    """Full jitter: 0..min(CAP_S, _FIRST_S * 2**attempt), so that a site does not come back as a storm."""
    return rand() * min(CAP_S, _FIRST_S * 2.0 ** min(attempt, 10))
