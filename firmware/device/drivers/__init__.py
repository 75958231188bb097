"""One part per file: bus or pin in, a pure `decode`, an awaitable `read`, and SensorError the only error."""


class SensorError(Exception):
    """The part gave no value. `reason` is a short code for the channel's health."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
