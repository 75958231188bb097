"""What goes on a board: MicroPython, one source for ESP32-S3, Pico W and the virtual board; imports protocol only."""
