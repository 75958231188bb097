"""Snapshots on their way to the gateway, piece by piece, on from wherever the gateway's receipt says.

After every new connection, and whenever nothing is heard, one piece asks where the gateway stands; then a few may be
on their way at once. A snapshot is forgotten when the gateway has its last byte, and not before.
"""

from firmware.device import const
from protocol import pieces, reports

_PIECE = const(512)  # half of what is allowed: a larger message wants a larger hole in the heap
_WINDOW = const(2048)  # bytes on their way
_PATIENCE_MS = const(10_000)
_ROUNDS = const(4)  # so often the gateway may find the whole wrong: then it is the flash that is


class SnapshotSender:
    """For the link: `next_message`, `went_offline`, `handlers`."""

    def __init__(self, device: str, snapshots, clock) -> None:
        self._device = device
        self._snapshots = snapshots
        self._clock = clock
        self._about: dict | None = None  # of the snapshot on its way
        self._id = ""
        self._at = self._acked = 0  # next byte to send, bytes the gateway has
        self._asking = True  # nobody has said where the gateway stands
        self._sent_ms: int | None = None
        self._rounds = 0
        self.handlers = {"receipt": self.receipt}

    def next_message(self) -> tuple | None:
        """The next piece, where one may go now."""
        if self._about is None:
            self._about = self._snapshots.oldest()
            self._at = self._acked = self._rounds = 0
            self._asking, self._sent_ms = True, None
            if self._about is not None:
                self._id = "%s-%d-%d" % (self._device, self._about["boot"], self._about["number"])
        if self._about is None or not self._may_send():
            return None
        try:
            count = min(_PIECE, self._about["size"] - self._at)
            data = self._snapshots.read(self._about["name"], self._at, count)
        except OSError as error:
            print("flash:", error)
            self._lose()
            return None
        payload = pieces.encode(self._head(), data)
        self._at += len(data)
        self._sent_ms = self._clock.uptime_ms()
        return "piece", payload

    def went_offline(self) -> None:
        """What is not acknowledged may not have arrived."""
        self._asking, self._sent_ms, self._at = True, None, self._acked

    def receipt(self, payload: bytes) -> None:
        """The gateway says how many bytes it has. Raises PayloadError."""
        _, name, has = reports.decode_receipt(payload)
        if self._about is None or name != self._id or has > self._about["size"]:
            return  # of another snapshot, or of one that is forgotten already
        if has == self._about["size"]:
            self._snapshots.forget(self._about["name"])
            self._about = None
            return
        if has < self._acked or (has == 0 and self._at == self._about["size"]):
            self._rounds += 1
            if self._rounds >= _ROUNDS:
                self._lose()
                return
        if self._asking or has < self._acked or has > self._at:
            self._at = has
        self._acked, self._asking = has, False

    def _may_send(self) -> bool:
        window = 1 if self._asking else _WINDOW
        if self._at < min(self._about["size"], self._acked + window):
            return True
        if self._sent_ms is not None and self._clock.uptime_ms() - self._sent_ms < _PATIENCE_MS:
            return False
        self.went_offline()
        return True

    def _lose(self) -> None:
        self._snapshots.lose(self._about["name"])
        self._about = None

    def _head(self) -> dict:
        about = self._about
        head = {
            "id": self._id,
            "offset": self._at,
            "size": about["size"],
            "sha256": about["sha256"],
            "why": about["why"],
        }
        head["at_ms"] = self._clock.utc_ms(about["boot"], about["uptime_ms"])
        if head["at_ms"] is None:
            head["age_ms"] = self._clock.age_ms(about["boot"], about["uptime_ms"])
        return head
