"""What a lift endpoint must not forget when its power goes: the latch, and the last test call."""

from firmware.device.slots import load, save


class Memory:
    """A small file, written on change only. `state`: "trapped"; "called_ms" in UTC and "answered" after a call."""

    def __init__(self, path: str, faults: dict) -> None:
        self._path = path
        self._faults = faults
        self.state = load(path)
        self.state["trapped"] = bool(self.state.get("trapped"))

    def keep(self, name: str, value) -> None:
        """Durable on return, unless the flash fails; then it is a fault, and true until the power goes."""
        if self.state.get(name) == value:
            return
        self.state[name] = value
        try:
            save(self._path, self.state)
        except OSError as error:
            self._faults["flash"] = "write_failed"
            print("flash:", error)
