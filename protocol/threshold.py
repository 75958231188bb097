"""A limit with a raise level, a clear level and a hold: the same class decides on the board and in the gateway."""

RAISED = "raised"
CLEARED = "cleared"


class Threshold:
    """Raises when the value stays at or above `raise_at` for `hold_ms`, clears when it falls below `clear_at`.

    clear_at <= raise_at; the band between them keeps a noisy value from flapping (ISA-18.2 deadband).
    With hold_ms = 0 the first breaching sample raises.
    """

    def __init__(self, raise_at: float, clear_at: float, hold_ms: int = 0) -> None:
        if not clear_at <= raise_at:
            raise ValueError("clear_at must not be above raise_at")
        if hold_ms < 0:
            raise ValueError("hold_ms must not be negative")
        self.raise_at = raise_at
        self.clear_at = clear_at
        self.hold_ms = hold_ms
        self.active = False
        self.since_ms: int | None = None  # first breaching sample of the present run

    def feed(self, value: float, at_ms: int) -> str | None:
        """RAISED, CLEARED or None. A sample older than the run it belongs to never shortens the hold."""
        if self.active:
            if value < self.clear_at:
                self.active = False
                self.since_ms = None
                return CLEARED
            return None
        if value < self.raise_at:
            self.since_ms = None
            return None
        if self.since_ms is None:
            self.since_ms = at_ms
        if at_ms - self.since_ms >= self.hold_ms:
            self.active = True
            return RAISED
        return None
