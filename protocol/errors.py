"""Errors of the contract: the peer sent something that cannot be accepted."""


class ProtocolError(ValueError):
    """Base of everything protocol/ raises on purpose. `reason` is a short code to count by."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class TopicError(ProtocolError):
    """A topic that is not in our grammar."""


class PayloadError(ProtocolError):
    """A message body that is not what its kind promises."""


class PacketError(ProtocolError):
    """Bytes that are not MQTT 3.1.1; the connection must be dropped."""
