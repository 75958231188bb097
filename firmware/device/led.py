"""What the one light says to somebody who stands in front of the board.

Steady: alarm. Flashes in every three seconds: 1 all is well, 2 no network, 3 bad or missing configuration, 4 the broker
refuses or TLS fails, 5 a sensor fault, 6 safe mode. Flicker: this is the one (identify), or a factory reset is armed.
"""

from firmware.device import const

STEADY = 0
WELL = 1
NO_NETWORK = 2
BAD_CONFIG = 3
REFUSED = 4
SENSOR = 5
FLICKER = 7
_FLASH_MS = const(150)
_PERIOD_MS = const(3000)
_FLICKER_MS = const(60)
_STEP_MS = const(300)


def code_of(alarm: bool, bad_config: bool, link_fault: str | None, faults: dict) -> int:
    """What matters most. `link_fault`: why there is no link, None where there is one."""
    if alarm:
        return STEADY
    if bad_config:
        return BAD_CONFIG
    if link_fault is not None:
        return REFUSED if "refused_" in link_fault or "cert" in link_fault or "ssl" in link_fault else NO_NETWORK
    failed = [reason for reason in faults.values() if reason != "disabled"]
    return SENSOR if failed else WELL


def pattern(code: int) -> tuple:
    """Milliseconds of light and dark, in turn, until the next look."""
    if code == STEADY:
        return (500, 0)
    if code == FLICKER:
        return (_FLICKER_MS, _FLICKER_MS) * 4
    return (_FLASH_MS, _FLASH_MS) * (code - 1) + (_FLASH_MS, _PERIOD_MS - (2 * code - 1) * _FLASH_MS)


async def shine(led, code, sleep_ms) -> None:
    """For ever. `code()` is asked at each step: an alarm does not wait for the end of a pattern."""
    while True:
        level, shown = 1, code()
        for ms in pattern(shown):
            left = ms
            while left > 0 and code() == shown:
                led.value(level)
                await sleep_ms(min(left, _STEP_MS))
                left -= _STEP_MS
            level = 1 - level
