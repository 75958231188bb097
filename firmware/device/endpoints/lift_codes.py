"""Message codes: what the lift tells as numbers of a code set. Sets differ from platform to platform, so each message
names its own. Of the codes of the 2017 set a board beside the lift cannot see 1 (safety circuit), 8 (restart blocked)
and 47 (earthquake), and never sends them."""

from firmware.device import const

# conditions, the most important first
_OUTSIDE = const(0)  # standing outside the unlocking zone
_OPENING = const(1)
_MOVED = const(2)  # out of the zone with open doors
_CLOSING = const(3)
_RUN = const(4)  # too long; our own measure, not the limiter's contact
_LOST = const(5)  # the floor was known and is not any more
_DARK = const(6)  # mains
_MODE = const(7)  # first of the eight service modes: 0 stopped .. 7 unknown
_BUTTON = const(15)
_FAULTS = const(6)  # so many conditions are faults

# condition -> code; 0 is no message. 42 43 44 45 46 47: the mode was entered, 40: back to automatic
CODE_SETS = {
    "gb24476-2017": bytes((4, 3, 5, 2, 6, 7, 41, 42, 40, 43, 44, 45, 46, 47, 0, 90)),
}
DEFAULT = "gb24476-2017"


class Codes:
    """Feed it once a second; it tells what began."""

    def __init__(self) -> None:
        self._codes = CODE_SETS[DEFAULT]
        self._since: dict = {}  # condition that may become a fault -> since when
        self._active: list = []  # conditions, most important first
        self._from_open = False  # the doors are on their way from open
        self._known = False  # the floor was, at some time
        self._mode = 1

    def feed(self, car, known: bool, dark: bool, limits: dict, at_ms: int) -> list:
        """The codes of what is new this second; 0 where the last fault is gone. `known`: the floor."""
        self._known = self._known or known
        if car.opened or car.closed:
            self._from_open = car.opened is True
        active = [fault for fault in range(_FAULTS) if self._lasts(fault, car, known, limits, at_ms)]
        new = [condition for condition in active if condition not in self._active]
        began = [self._codes[condition] for condition in new]
        if not active and [fault for fault in self._active if fault < _FAULTS]:
            began.append(0)
        for condition, present in ((_DARK, dark), (_BUTTON, car.pressed)):
            if present:
                active.append(condition)
                if condition not in self._active:
                    began.append(self._codes[condition])
        if car.mode != self._mode:
            self._mode = car.mode
            if self._codes[_MODE + car.mode]:
                began.append(self._codes[_MODE + car.mode])
        self._active = active
        return began

    def message_code(self) -> int:
        """The most important of what is present: the button, faults, mains, then a mode that is not normal."""
        if _BUTTON in self._active:
            return self._codes[_BUTTON]
        if self._active:
            return self._codes[self._active[0]]
        return 0 if self._mode == 1 else self._codes[_MODE + self._mode]

    def _lasts(self, fault: int, car, known: bool, limits: dict, at_ms: int) -> bool:
        present, hold_ms = self._present(fault, car, known, limits)
        if not present:
            self._since.pop(fault, None)
            return False
        return at_ms - self._since.setdefault(fault, at_ms) >= hold_ms

    def _present(self, fault: int, car, known: bool, limits: dict) -> tuple:
        """(present now, how long it must be)."""
        working = car.suppressed()  # people at work stop anywhere and hold doors
        between = car.opened is False and car.closed is False  # the doors are on their way
        if fault == _OUTSIDE:
            return car.moving is False and car.zone is False and not working, limits["outside_ms"]
        if fault == _OPENING:
            shut = car.moving is False and car.zone is True and car.arrived and car.opened is False and car.people
            return not working and (shut or (between and not self._from_open)), limits["doors_ms"]
        if fault == _CLOSING:
            return not working and between and self._from_open, limits["doors_ms"]
        if fault == _MOVED:
            return car.moving is True and car.zone is False and car.opened is True and not working, 0
        if fault == _RUN:
            return car.moving is True, limits["run_ms"]
        return self._known and not known, 0
