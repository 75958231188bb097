"""The lift endpoint: where the car is, who is in it, and whether they are trapped."""

from firmware.device import const
from firmware.device.drivers import SensorError
from firmware.device.drivers.as5600 import AS5600
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.contact import Contact
from firmware.device.drivers.lis3dh import LIS3DH
from firmware.device.drivers.ntc import NTC
from firmware.device.endpoints.lift_call import Memory
from firmware.device.endpoints.lift_car import Car
from firmware.device.endpoints.lift_codes import DEFAULT, Codes
from firmware.device.endpoints.lift_entrapment import RESET, Entrapment, hold_of
from firmware.device.endpoints.lift_position import Position
from firmware.device.endpoints.lift_vibration import Vibration
from firmware.device.slots import forget
from protocol.channel_tables import lift

CHANNELS = lift.CHANNELS
DIGITS = {"speed": 2, "vibration_rms": 3, "vibration_peak": 2, "motor_temp": 1}
PERIOD_MS = 1000
PATH = "/lift.json"
_LOOK_MS = const(50)  # at the wheel; every third time at the accelerometer, whose FIFO is full after 320
_STALE_MS = const(2000)
_URGENT_MS = const(3_600_000)
_STUCK_S = const(60)  # by then who is trapped was found; longer, the button is shorted
# closed is true. A cut wire reads open, and that is the safe side: outside the zone, doors not open, mode normal
_CONTACTS = ("door_zone", "door_closed", "door_open", "mains")
_EARLY = ("not_synchronised", "no_floor_table", "not_made")  # reasons that are no failure of a part


def _limits_of(kit, settings: dict) -> dict:
    """The checks are needed once. Raises ValueError naming what is wrong."""
    from firmware.device.endpoints.lift_limits import limits_from

    try:
        return limits_from(kit.config["limits"], settings.get("limits", {}))
    finally:
        forget(("firmware.device.endpoints.lift_limits",))


class Endpoint:
    """Judges once a second; a task of its own watches the wheel and the vibration in between."""

    def __init__(self, kit) -> None:
        self._kit = kit
        self._limits = _limits_of(kit, kit.settings)
        self._car = Car()
        self._memory = Memory(PATH, kit.health_faults)
        self._position = Position(AS5600(kit.board.i2c()), self._limits["floors"], self._limits["mm_per_turn"])
        self._vibration = Vibration(LIS3DH(kit.board.i2c()))
        self._entrapment = Entrapment(self._memory.state["trapped"])
        self._codes = Codes()
        self._sounder = kit.board.output("sounder")
        self._alarm_id: str | None = None  # of the report of this entrapment, until the gateway has it
        self._free_ms = 0  # when nobody was trapped
        self._pressed_s = 0  # the alarm button, without a pause
        self._seconds = 0  # since the alarm, or since the gateway accepted it
        self._failed: list = []  # channels whose part failed at the last sample
        self.drivers = self._inputs(kit)
        self.tasks = {"shaft": self._watch}
        self.commands = {"reset_alarm": self._reset, "self_test": self._test, "silence": self._silence}
        self.outgoing: list = []
        self.facts: dict = {"code_set": DEFAULT}  # for the status: what message_code means, and late looks
        self._silent = False

    def _inputs(self, kit) -> dict:
        board = kit.board

        def contact(net: str, active: int = 0, irq: int | None = None):
            return Contact(board.contact(net), kit.sleep_ms, active, irq)

        drivers: dict = {net: contact(net) for net in _CONTACTS}
        drivers["tamper"] = contact("tamper", 1)
        drivers["people"] = contact("people", 1)  # the radar's output; a cut wire reads present
        drivers["alarm_button"] = contact("alarm_button", 0, board.FALLING)
        self._car.switches = (contact("inspection"), contact("fire_service"))
        drivers["mode"] = self._car
        drivers["motor_temp"] = NTC(board.adc("motor_temp"))
        drivers["battery"] = Battery(board.adc("battery"))
        return drivers

    async def _watch(self) -> None:
        looks = 0
        while True:
            await self._position.step(self._kit.clock.uptime_ms())
            if looks % 3 == 0:
                self._vibration.step()
            looks += 1
            await self._kit.sleep_ms(_LOOK_MS)

    def judge(self, values: dict, faults: dict, at_ms: int) -> bool:
        """Adds what follows from the inputs. Urgent: the first hour of an entrapment, and a press of the alarm button.

        Every urgent sample is a write to the flash, and holds back the restart of an update.
        """
        if values.get("door_open") and values.get("door_closed"):
            for channel in ("door_open", "door_closed"):
                del values[channel]
                faults[channel] = "contacts_disagree"
        self._pressed_s = self._pressed_s + 1 if values.get("alarm_button") else 0
        if self._pressed_s > _STUCK_S:
            del values["alarm_button"]
            faults["alarm_button"] = "stuck"
        self._measure(values, faults, at_ms)
        car = self._car
        stood = car.moving is False
        car.feed(values, values.get("car_moving"), at_ms, self._limits["memory_ms"])
        if car.moving is False and not stood and car.zone and not car.suppressed():
            self._position.stopped_in_zone()
        self._place(values, faults)
        trapped = self._entrapment.feed(hold_of(car, self._limits), car.suppressed(), at_ms)
        self._latch(trapped)
        values["entrapment"] = trapped
        values["entrapment_suppressed"] = car.suppressed()
        values["mode"] = car.mode
        faults.pop("mode", None)
        self._tell(values, faults, at_ms)
        self._sound(trapped)
        if not trapped:
            self._free_ms = at_ms
        return (trapped and at_ms - self._free_ms < _URGENT_MS) or self._pressed_s == 1

    def _measure(self, values: dict, faults: dict, at_ms: int) -> None:
        position = self._position
        if at_ms - position.at_ms > _STALE_MS:  # its task failed: what it saw last is not what is
            position.fail("stale")
        if position.moving is None:
            for channel in ("car_moving", "speed", "direction"):
                faults[channel] = position.fault or "not_read"
        else:
            values["car_moving"] = position.moving
            values["speed"] = round(position.mmps / 1000, 2) + 0.0 if position.moving else 0.0  # and no -0.0
            values["direction"] = 0 if not position.moving else 1 if position.mmps > 0 else -1
        self.facts["fifo_overruns"] = self._vibration.source.overruns
        self.facts["late_looks"] = position.late
        try:
            rms, peak = self._vibration.take()
            values["vibration_rms"], values["vibration_peak"] = round(rms, 3), round(peak, 2)
        except SensorError as error:
            faults["vibration_rms"] = faults["vibration_peak"] = error.reason

    def _place(self, values: dict, faults: dict) -> None:
        try:
            values["floor"] = self._position.floor()
        except SensorError as error:
            faults["floor"] = error.reason

    def _latch(self, trapped: bool) -> None:
        if trapped == self._memory.state["trapped"]:
            return
        self._memory.keep("trapped", trapped)
        self._seconds = 0
        self._silent = False
        if trapped:
            self._alarm_id = self._kit.reports.put("event", code_set="gridwhistle", code="entrapment")

    def _tell(self, values: dict, faults: dict, at_ms: int) -> None:
        for code in self._codes.feed(self._car, "floor" in values, values.get("mains") is False, self._limits, at_ms):
            self._kit.reports.put("event", code_set=DEFAULT, code=code)
        values["message_code"] = self._codes.message_code()
        clock = self._kit.clock
        self._failed = [channel for channel, reason in faults.items() if reason not in _EARLY]
        utc_ms = clock.utc_ms(self._kit.boot, at_ms)
        answered = self._memory.call(self._kit.reports, self._failed, at_ms, utc_ms, self._limits)
        if answered is None:
            faults["test_call"] = "not_made"
        else:
            values["test_call"] = answered

    def _sound(self, trapped: bool) -> None:
        """Trapped: a second on, a second off. Accepted by the gateway: three seconds, then one in ten."""
        if self._alarm_id is not None and not self._kit.reports.holds(self._alarm_id):
            self._alarm_id = None
            self._seconds = 0
        on = self._seconds % 2 == 0 if self._alarm_id is not None else self._seconds < 3 or self._seconds % 10 == 0
        self._sounder.value(int(trapped and on and not self._silent))
        self._seconds += 1

    def _reset(self, command: dict) -> dict:
        """A person has seen that nobody is in the car. What still holds is an entrapment again after its hold."""
        if not self._entrapment.take(RESET):
            raise ValueError("没有困人报警 / no entrapment is latched")
        self._alarm_id = None
        self._latch(False)
        if "by" in command:
            self._kit.reports.put("alarm_reset")
        return {}

    def _silence(self, command: dict) -> dict:
        """The button, held, is the person on site, who ends the alarm; a command only ends its noise."""
        if "by" in command:
            return self._reset(command)
        self._silent = True
        return {}

    def _test(self, command: dict) -> dict:
        """Every part gave a value at the last sample. The sounder is heard for a second."""
        self._sounder.value(1)
        data = {"passed": not self._failed, "failed": self._failed}
        if "by" in command:
            self._kit.reports.put("self_test", **data)
        return data

    def apply(self, settings: dict) -> None:
        """New limits at run time. Raises ValueError naming the wrong one, and then the old ones stay."""
        limits = _limits_of(self._kit, settings)
        before, self._limits = self._limits, limits
        if limits["floors"] != before["floors"] or limits["mm_per_turn"] != before["mm_per_turn"]:
            self._position.set_up(limits["floors"], limits["mm_per_turn"])

    def led(self) -> bool:
        """True while people are trapped."""
        return self._memory.state["trapped"]


def build(kit) -> Endpoint:
    """The endpoint of this kind. Raises ValueError for wrong limits."""
    return Endpoint(kit)
