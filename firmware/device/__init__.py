"""What goes on a board: MicroPython, one source for ESP32-S3, Pico W and the virtual board; imports protocol only."""


def const(value):
    """Nothing here. MicroPython's compiler folds a private name made with it into the code, where it takes no heap."""
    return value
