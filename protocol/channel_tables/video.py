"""What the companion of a camera measures: can its picture be trusted? The picture itself stays in the camera."""

from protocol.quantities import BOOL

CHANNELS = {
    "luminance": ("/", 0.0, 1.0),
    "sharpness": ("/", 0.0, 1.0),
    "scene_difference": ("/", 0.0, 1.0),
    "battery": ("%EL", 0.0, 100.0),
    "camera_alive": (BOOL, 0, 1),
    "picture_lost": (BOOL, 0, 1),
    "covered": (BOOL, 0, 1),
    "moved": (BOOL, 0, 1),
    "motion": (BOOL, 0, 1),  # in a forbidden zone, in its forbidden hours
    "storage_fault": (BOOL, 0, 1),
    "mains": (BOOL, 0, 1),
    "tamper": (BOOL, 0, 1),
}
