"""What a ring owes the gateway: sent in groups, and forgotten when all of a group is settled."""

from firmware.device import const

_PATIENCE_S = const(10)  # the gateway answers within milliseconds of its commit


class Backlog:
    """`key(record)` is what the gateway settles by. One group at a time, so that the ring is only cut at its head."""

    def __init__(self, ring, window: int, key) -> None:
        self.ring = ring
        self.owed: list = []  # keys that are sent, not settled
        self._window = window
        self._key = key
        self._group: list = []  # records that are not sent
        self._mark = (0, 0)
        self._taken = 0  # records of the ring that the group stands for
        self._quiet_s = 0

    def next(self, skip) -> bytes | None:
        """The next record to send. `skip(record)`: True to forget it, None to stop before it, False to send it."""
        if not self._group and not self.owed:
            self._load(skip)
        if not self._group:
            return None
        record = self._group.pop(0)
        self.owed.append(self._key(record))
        self._quiet_s = 0
        return record

    def settle(self, settled) -> None:
        """The gateway has every record whose key is `settled(key)`."""
        left = [key for key in self.owed if not settled(key)]
        if len(left) < len(self.owed):
            self._quiet_s = 0
            self.owed = left
            if not left and not self._group:
                self.ring.advance(self._mark, self._taken)

    def again(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        self.owed, self._group = [], []

    def second_passed(self) -> None:
        """Once a second while the link is up: a group that makes no progress is sent again."""
        self._quiet_s += 1
        if self.owed and self._quiet_s > _PATIENCE_S:
            self.again()

    def _load(self, skip) -> None:
        while not self._group and len(self.ring):
            self._mark, self._taken = self.ring.mark(), 0
            for record in self.ring.peek(self._window):
                verdict = skip(record)
                if verdict is None:
                    break
                self._taken += 1
                if not verdict:
                    self._group.append(record)
            if self._group or not self._taken:
                return
            self.ring.advance(self._mark, self._taken)
