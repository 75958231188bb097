"""Entrapment (困人): people in a car that stands and that they cannot leave. Latched until a person has looked."""

WATCHING = 0
HOLDING = 1  # the condition is there, its hold runs
TRAPPED = 2
SUPPRESSED = 3  # inspection or fire service: people between floors are at work

HOLDS = 0  # events: the condition is there
ENDS = 1  # the condition is not there
DUE = 2  # the hold is over
SUPPRESS = 3
ALLOW = 4
RESET = 5  # a person says that nobody is in the car any more

_NO = 255  # refused
# state -> event -> next state. What is latched stays, whatever the sensors say and whatever mode the rescuers use.
_NEXT = (
    #      HOLDS      ENDS      DUE      SUPPRESS    ALLOW     RESET
    bytes((HOLDING, WATCHING, _NO, SUPPRESSED, WATCHING, _NO)),  # WATCHING
    bytes((HOLDING, WATCHING, TRAPPED, SUPPRESSED, HOLDING, _NO)),  # HOLDING
    bytes((TRAPPED, TRAPPED, _NO, TRAPPED, TRAPPED, WATCHING)),  # TRAPPED
    bytes((SUPPRESSED, SUPPRESSED, _NO, SUPPRESSED, WATCHING, _NO)),  # SUPPRESSED
)


class Entrapment:
    """The latch. `trapped`: it was set before the power went."""

    def __init__(self, trapped: bool = False) -> None:
        self.state = TRAPPED if trapped else WATCHING
        self._since_ms = 0

    def take(self, event: int) -> bool:
        """Go where the table says. False where it says nothing: then nothing changes."""
        following = _NEXT[self.state][event]
        if following == _NO:
            return False
        self.state = following
        return True

    def feed(self, hold_ms: int | None, suppressed: bool, at_ms: int) -> bool:
        """True while trapped. `hold_ms`: how long the condition must last; None where it is not there."""
        self.take(SUPPRESS if suppressed else ALLOW)
        before = self.state
        self.take(ENDS if hold_ms is None else HOLDS)
        if before == WATCHING:
            self._since_ms = at_ms
        if self.state == HOLDING and at_ms - self._since_ms >= hold_ms:
            self.take(DUE)
        return self.state == TRAPPED


def hold_of(car, limits: dict) -> int | None:
    """How long the present state of the car must last to be an entrapment; None where it is none.

    No input ends or prevents an entrapment by being unknown; its fault is told beside:
    motion unknown: the car counts as standing, but must do so for longer than any ride takes;
    zone unknown: outside, unless the doors are fully open, which a lift only does at a floor; the button overrules it;
    open door unknown: shut;
    people unknown: there, except in a car that stands at a floor since before its last ride or door opening: that is
    what an idle empty lift looks like. The button says that somebody is there.
    """
    if car.moving or (car.people is False and not car.button):
        return None
    opened = car.opened is True
    outside = car.zone is False or (car.zone is None and (car.button or not opened))
    if not outside and (opened or (car.people is None and not car.button and not car.arrived)):
        return None
    hold_ms = limits["hold_ms" if outside else "doors_hold_ms"]
    if car.moving is None:
        hold_ms = max(hold_ms, limits["blind_hold_ms"])
    return min(hold_ms, limits["button_hold_ms"]) if car.button else hold_ms
