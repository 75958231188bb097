"""The pieces of a bundle, as they come from the gateway. Loaded for an update only."""

from firmware.device import const
from protocol import pieces

_FIRST_WAIT_MS = const(5000)
_LAST_WAIT_MS = const(320_000)
_TRIES = const(12)  # more than half an hour of a gateway that is there and does not deliver
_AHEAD = const(2)  # pieces in memory


class Pieces:
    """Asks for what is wanted next, and for the piece after it as soon as that has come."""

    def __init__(self, id: str, size: int, slots) -> None:
        self._id = id
        self._size = size
        self._slots = slots
        self._held: list = []  # [offset, bytes] that arrived
        self._want: int | None = None  # offset of the piece to ask for
        self._asked_ms: int | None = None
        self.hungry = False  # others need the memory: stop

    def next_message(self) -> tuple | None:
        """The question for the next piece, once a connection."""
        if self._want is None or self._asked_ms is not None:
            return None
        self._asked_ms = self._slots.clock.uptime_ms()
        return "fetch", pieces.encode_fetch(self._id, self._want)

    def went_offline(self) -> None:
        """Ask again on the next connection."""
        self._asked_ms = None

    def arrived(self, payload: bytes) -> None:
        """A piece; one nobody asked for is nothing. Raises PayloadError."""
        head, data = pieces.decode(payload, pieces.MAX_BUNDLE)
        if head["id"] != self._id or head["offset"] != self._want:
            return
        self._held.append([self._want, data])
        self._want += len(data)
        self._asked_ms = None
        if len(self._held) >= _AHEAD or self._want >= self._size:
            self._want = None

    async def take(self, at: int, limit: int):
        """Bytes of the bundle from there on, at least one. Raises ValueError where they do not come."""
        while True:
            while self._held and not 0 <= at - self._held[0][0] < len(self._held[0][1]):
                self._held.pop(0)
            if self._held:
                start = at - self._held[0][0]
                return memoryview(self._held[0][1])[start : start + limit]
            await self._ask(at)

    async def _ask(self, at: int) -> None:
        """Until a piece is there. Time without a link does not count. Raises MemoryError where others need the heap."""
        if self._want != at:
            self._want, self._asked_ms = at, None
        wait_ms, tries = _FIRST_WAIT_MS, 0
        while not self._held:
            await self._slots.sleep_ms(20)
            if self.hungry:
                raise MemoryError
            if self._asked_ms is not None and self._slots.clock.uptime_ms() - self._asked_ms > wait_ms:
                wait_ms = min(2 * wait_ms, _LAST_WAIT_MS)
                self._asked_ms = None
                tries += 1
                if tries >= _TRIES:
                    raise ValueError("网关没有送来程序包 / the gateway does not deliver the bundle")
