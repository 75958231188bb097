"""What a ring owes the gateway: sent in order, a window at a time, and forgotten from its head on."""

from firmware.device import const

_PATIENCE_S = const(10)  # the gateway answers within milliseconds of its commit
_CHUNK = const(8)  # records in memory


class Backlog:
    """`key(record)` is what the gateway settles by. `owed`: the keys from the head of the ring on, None if settled."""

    def __init__(self, ring, window: int, key) -> None:
        self.ring = ring
        self.owed: list = []
        self._window = window
        self._key = key
        self._group: list = []  # the last of the owed, not sent yet
        self._cursor: tuple | None = None  # up to where the ring is read
        self._mark = (0, 0)  # the head of the ring that `owed` begins with
        self._quiet_s = 0

    def next(self, skip) -> bytes | None:
        """The next record to send. `skip(record)`: True to forget it, None to stop before it, False to send it."""
        before = -1
        while not self._group and len(self.owed) < self._window and before != len(self.ring) > len(self.owed):
            before = len(self.ring)  # again only where all that was read is forgotten already
            self._load(skip)
        if not self._group:
            return None
        self._quiet_s = 0
        return self._group.pop(0)

    def settle(self, settled) -> None:
        """The gateway has every record whose key is `settled(key)`."""
        for place, key in enumerate(self.owed):
            if key is not None and settled(key):
                self.owed[place] = None
                self._quiet_s = 0
        self._forget()

    def again(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        self.owed, self._group = [], []

    def second_passed(self) -> None:
        """Once a second while the link is up: what makes no progress is sent again."""
        self._quiet_s += 1
        if self.owed and self._quiet_s > _PATIENCE_S:
            self.again()

    def _load(self, skip) -> None:
        if not self.owed:
            self._cursor, self._mark = None, self.ring.mark()
        for cursor, record in self.ring.read(self._cursor, _CHUNK):
            verdict = skip(record)
            if verdict is None:
                break
            self._cursor = cursor
            self.owed.append(None if verdict else self._key(record))
            if not verdict:
                self._group.append(record)
        self._forget()

    def _forget(self) -> None:
        done = 0
        while done < len(self.owed) and self.owed[done] is None:
            done += 1
        if not done:
            return
        if self.ring.mark() != self._mark:  # overflow has passed
            self.again()
            return
        self.ring.advance(self._mark, done)
        self._mark = self.ring.mark()
        self.owed = self.owed[done:]
