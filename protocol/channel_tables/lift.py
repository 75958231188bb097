"""What a lift endpoint measures: the real-time items of GB/T 24476-2017, and the machine's own health."""

from protocol.quantities import BOOL

CHANNELS = {
    "floor": ("", -20.0, 200.0),
    "direction": ("", -1.0, 1.0),  # -1 down, 0 none, 1 up
    "mode": (
        "",
        0.0,
        7.0,
    ),  # Service_Mode; the names are in firmware/device/endpoints/lift.py
    "message_code": ("", 0.0, 255.0),  # Message_Code of the code set that the endpoint's status names
    "speed": ("m/s", -12.0, 12.0),
    "vibration_rms": ("m/s2", 0.0, 160.0),  # LIS3DH at +-16 g
    "vibration_peak": ("m/s2", 0.0, 280.0),  # three axes at once
    "motor_temp": ("Cel", -40.0, 200.0),
    "battery": ("%EL", 0.0, 100.0),
    "door_zone": (BOOL, 0, 1),
    "door_closed": (BOOL, 0, 1),
    "door_open": (BOOL, 0, 1),
    "car_moving": (BOOL, 0, 1),
    "people": (BOOL, 0, 1),  # somebody is in the car
    "alarm_button": (BOOL, 0, 1),
    "entrapment": (BOOL, 0, 1),  # latched compound, 困人
    "entrapment_suppressed": (BOOL, 0, 1),  # true: inspection or fire service, entrapment is not judged
    "mains": (BOOL, 0, 1),
    "tamper": (BOOL, 0, 1),
    "test_call": (BOOL, 0, 1),  # true: the last 72 h test call was answered (EN 81-28)
}
