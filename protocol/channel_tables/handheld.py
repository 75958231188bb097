"""What a worker's handheld says about itself; what the worker does travels as reports."""

from protocol.quantities import BOOL

CHANNELS = {
    "lat": ("lat", -90.0, 90.0),
    "lon": ("lon", -180.0, 180.0),
    "battery": ("%EL", 0.0, 100.0),
    "gps_fix": (BOOL, 0, 1),
    "on_duty": (BOOL, 0, 1),
    "sos": (BOOL, 0, 1),
}
