"""One part per file: a bus or pin goes in, `decode` is pure, `read` may be awaited, and SensorError is the only error."""


class SensorError(Exception):
    """The part gave no value. `reason` is a short code for the channel's health."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
