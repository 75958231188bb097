"""What a fire endpoint measures."""

from protocol.quantities import BOOL

CHANNELS = {
    # optical density per metre; the recorded fires peak at 1.9, a photo chamber saturates well below 20
    "smoke": ("1/m", -0.2, 20.0),
    # SHT4x datasheet 2.2: T = -45 + 175 * S / 65535, so the part cannot say anything outside
    "temp": ("Cel", -45.0, 130.0),
    # electrochemical cell with a 0..5000 ppm front end; slightly negative when its zero drifts
    "co": ("ppm", -100.0, 5000.0),
    "battery": ("%EL", 0.0, 100.0),
    # 4-20 mA transmitters of 0..1600 kPa: 3.8 to 20.5 mA is a healthy loop (NAMUR NE 43). kPa as in GB/T 26875.3 type 5
    "hydrant_pressure": ("kPa", -20.0, 1650.0),
    "sprinkler_pressure": ("kPa", -20.0, 1650.0),
    "call_point": (BOOL, 0, 1),  # pressed, or pressed since the last sample
    "escape_door": (BOOL, 0, 1),  # true: open
    "extinguisher_removed": (BOOL, 0, 1),
    "tamper": (BOOL, 0, 1),  # true: the housing is open
    "mains": (BOOL, 0, 1),  # true: mains power is there
    "self_test": (BOOL, 0, 1),  # true: the last self-test passed
    "silenced": (BOOL, 0, 1),  # true: a person has silenced the sounder
    "local_alarm": (BOOL, 0, 1),
}
