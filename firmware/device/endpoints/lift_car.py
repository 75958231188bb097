"""What is known about the car, from this second's inputs and a little memory; None is unknown."""

from firmware.device import const

# Service_Mode, GB/T 24476-2017
_OUT_OF_SERVICE = const(0)
_NORMAL = const(1)
_INSPECTION = const(2)
_FIRE_RETURN = const(3)
_FIREFIGHTER = const(4)
_EMERGENCY_POWER = const(5)
_UNKNOWN = const(7)  # 6, earthquake, has no input here
_EMERGENCY_AFTER_MS = const(
    5000
)  # a car that runs without mains for so long has a supply of its own; until then it brakes


class Car:
    """One instance lives as long as the endpoint; `feed` once a second."""

    def __init__(self) -> None:
        self.moving: bool | None = None
        self.zone: bool | None = None
        self.opened: bool | None = None
        self.closed: bool | None = None
        self.people: bool | None = None
        self.pressed = False  # the alarm button, since the last sample
        self.button = False  # since the car stands
        self.arrived = False  # moved, or was outside the zone, since the doors were last open
        self.mode = _NORMAL
        self.switches: tuple = ()  # contacts: inspection, fire service
        self._seen_ms: int | None = None  # people, since the doors were last open
        self._dark_ms: int | None = None  # mains gone, car moving

    async def read(self) -> int:
        """The mode as the two switches have it. Inspection goes first: somebody is in the shaft."""
        fire_service = await self.switches[1].read()
        inspection = await self.switches[0].read()
        return _INSPECTION if inspection else _FIRE_RETURN if fire_service else _NORMAL

    def feed(self, values: dict, moving: bool | None, at_ms: int, memory_ms: int) -> None:
        """Take over the inputs; a channel that is missing is unknown."""
        self.zone = values.get("door_zone")
        self.opened = values.get("door_open")
        self.closed = values.get("door_closed")
        self.moving = moving
        at_open_floor = self.opened is True and self.zone is not False and not moving
        self.arrived = not at_open_floor and (self.arrived or moving is True or self.zone is False)
        self.pressed = values.get("alarm_button") is True
        self.button = not at_open_floor and not moving and (self.button or self.pressed)
        self.people = self._people(values.get("people"), at_open_floor, at_ms, memory_ms)
        self.mode = self._mode(values.get("mode"), values.get("mains") is False, at_open_floor, at_ms)

    def _people(self, radar: bool | None, at_open_floor: bool, at_ms: int, memory_ms: int) -> bool | None:
        """A radar loses people who sit still. Between floors nobody leaves, so once seen is there; at a floor that
        holds for `memory_ms` only, or one false echo in a parked car would become an entrapment."""
        if radar or self.pressed:
            self._seen_ms = at_ms
            return True
        if at_open_floor and radar is False:
            self._seen_ms = None
        if self._seen_ms is not None and (self.zone is not True or at_ms - self._seen_ms <= memory_ms):
            return True
        return radar

    def _mode(self, switched: int | None, dark: bool, at_open_floor: bool, at_ms: int) -> int:
        """`switched`: what the two contacts say. A second supply shows by a car that runs in the dark."""
        if not (dark and self.moving):
            self._dark_ms = None
        elif self._dark_ms is None:
            self._dark_ms = at_ms
        if switched is None:
            return _UNKNOWN
        if switched == _FIRE_RETURN:  # firefighters take over where the car has brought them its open doors
            taken = self.mode == _FIREFIGHTER or (self.mode == _FIRE_RETURN and at_open_floor)
            return _FIREFIGHTER if taken else _FIRE_RETURN
        if switched != _NORMAL or not dark:
            return switched
        runs = self._dark_ms is not None and at_ms - self._dark_ms >= _EMERGENCY_AFTER_MS
        return _EMERGENCY_POWER if runs or self.mode == _EMERGENCY_POWER else _OUT_OF_SERVICE

    def suppressed(self) -> bool:
        """Inspection and fire service: who is in the car between floors works there. An unknown mode is none."""
        return self.mode in (_INSPECTION, _FIRE_RETURN, _FIREFIGHTER)
