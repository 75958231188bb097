"""From what a frame shows to the flags of the channels, none of which can stay stuck.

A flag has an on-delay, an off-delay, and a longest time after which it ends by itself. What ends by its longest time
says nothing about the cause: where that lasts, the flag rises again after a while, so that whoever listens gets a new
beginning instead of an old one that nobody cleared. Nothing is kept over a reboot.
"""

from firmware.device import const

_OFF, _RISING, _ON, _FALLING, _SPENT = const(0), const(1), const(2), const(3), const(4)
_BAD, _GOOD, _HELD, _QUIET, _TOO_LONG, _REARMED = const(0), const(8), const(16), const(24), const(32), const(40)

# event + state -> state; a pair that is not here is refused and changes nothing
TABLE = {
    _BAD + _OFF: _RISING,
    _GOOD + _RISING: _OFF,
    _HELD + _RISING: _ON,
    _GOOD + _ON: _FALLING,
    _TOO_LONG + _ON: _SPENT,
    _BAD + _FALLING: _ON,
    _QUIET + _FALLING: _OFF,
    _TOO_LONG + _FALLING: _SPENT,
    _QUIET + _SPENT: _OFF,
    _REARMED + _SPENT: _OFF,
}
NAMES = ("picture_lost", "covered", "moved", "motion", "storage_fault")
_REARM_MS = const(2000)  # what lasts begins anew right away: it is no less true for having lasted long
_REARM_MOTION_MS = const(60_000)
_DAY_MIN = const(1440)


class Flag:
    """`limits` is (level, on_ms, off_ms, max_on_ms); the level is for whoever judges, and may change at any time."""

    def __init__(self, limits: tuple, rearm_ms: int) -> None:
        self.limits = limits
        self.state = _OFF
        self._rearm_ms = rearm_ms
        self._since_ms = 0  # when the present state began
        self._began_ms = 0  # when the flag became active
        self._good_ms: int | None = 0  # since when the condition is good

    def active(self) -> bool:
        """What the channel says."""
        return self.state == _ON or self.state == _FALLING  # noqa: PLR1714 - no tuple for it on the heap

    def on(self, event: int, at_ms: int) -> bool:
        """False where the table knows no such pair: nothing changes then."""
        state = TABLE.get(event + self.state)
        if state is None:
            return False
        if event == _HELD:
            self._began_ms = at_ms
        self.state = state
        self._since_ms = at_ms
        return True

    def feed(self, bad: bool | None, at_ms: int) -> bool:
        """One judgement; None where nothing can be judged: the timers run on all the same. True while active."""
        if bad is not None:
            self.on(_BAD if bad else _GOOD, at_ms)
            if bad:
                self._good_ms = None
            elif self._good_ms is None:
                self._good_ms = at_ms
        event = self._due(bool(bad), at_ms)
        if event is not None:
            self.on(event, at_ms)
        return self.active()

    def _due(self, bad: bool, at_ms: int) -> int | None:
        """What time alone brings about now."""
        _, on_ms, off_ms, max_on_ms = self.limits
        lasts_ms = at_ms - self._since_ms
        if self.state == _RISING:
            return _HELD if bad and lasts_ms >= on_ms else None
        if self.state == _FALLING and lasts_ms >= off_ms:
            return _QUIET
        if self.active():
            return _TOO_LONG if at_ms - self._began_ms >= max_on_ms else None
        if self.state == _SPENT:
            if self._good_ms is not None and at_ms - self._good_ms >= off_ms:
                return _QUIET
            return _REARMED if lasts_ms >= self._rearm_ms else None
        return None


class Judge:
    """A flag for each name; `feed` once a sample. One whose condition cannot be judged keeps to its timers."""

    def __init__(self, rules: dict) -> None:
        self.flags = {}
        for name in NAMES:
            self.flags[name] = Flag(rules[name], _REARM_MOTION_MS if name == "motion" else _REARM_MS)
        self.rules = rules

    def change(self, rules: dict) -> None:
        """New limits; what is active stays active under them."""
        self.rules = rules
        for name, flag in self.flags.items():
            flag.limits = rules[name]

    def feed(self, scene, lost: bool, storage_fault: bool | None, utc_ms: int | None, values: dict, at_ms: int) -> list:
        """Put the flags into `values`; the names of those that have just become active."""
        found = conditions(scene, lost, self.rules, utc_ms, self.flags["moved"].active())
        found["storage_fault"] = storage_fault
        scene.counts = [0] * 7  # what moved has been judged
        raised = []
        for name, flag in self.flags.items():
            before = flag.active()
            values[name] = flag.feed(found.get(name), at_ms)
            if values[name] and not before:
                raised.append(name)
        return raised


def conditions(scene, lost: bool, rules: dict, utc_ms: int | None, turned: bool = False) -> dict:
    """Name -> True or False; a name is missing where the picture says nothing about it.

    `lost`: no new picture. `turned`: the camera is known to look elsewhere, and its zones mean nothing.
    """
    found = {"picture_lost": lost}
    if lost or scene.difference is None:
        return found
    level = rules["covered"][0]  # little is left of the sharpness or of the contrast that was learnt
    blurred = scene.sharpness * 1000 < scene.learnt_sharpness * level
    found["covered"] = blurred or scene.spread * 1000 < scene.learnt_spread * level
    if not found["covered"]:  # a hand before the lens is no other scene, and its shadow no intruder
        found["moved"] = scene.difference > rules["moved"][0]
        motion = None if turned else _motion(scene.counts, rules, utc_ms)
        if motion is not None:
            found["motion"] = motion
    return found


def _motion(counts: list, rules: dict, utc_ms: int | None) -> bool | None:
    """True where something moved in a zone whose hours are now; None where only the time could tell."""
    unknown = False
    for zone, hours in enumerate(rules["hours"]):
        if counts[zone] >= rules["motion"][0]:
            if hours is None or (utc_ms is not None and within(hours, utc_ms, rules["utc_offset_min"])):
                return True
            unknown = unknown or utc_ms is None
    return None if unknown else False


def within(hours: tuple, utc_ms: int, offset_min: int) -> bool:
    """`hours` is (windows of minutes, days on which they begin). A window may pass midnight; its end is outside."""
    minutes = utc_ms // 60_000 + offset_min
    day, minute = (minutes // _DAY_MIN + 3) % 7, minutes % _DAY_MIN  # 1970-01-01 was a Thursday, day 3
    windows, days = hours
    for begin, end in windows:
        if begin < end:
            if day in days and begin <= minute < end:
                return True
        elif (day in days and minute >= begin) or ((day - 1) % 7 in days and minute < end):
            return True
    return False
