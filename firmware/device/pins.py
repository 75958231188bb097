"""GPIO numbers of the boards we support. All ADC inputs of the ESP32-S3 are on ADC1: ADC2 stops while Wi-Fi runs."""

PINS = {
    "esp32s3": {
        "sda": 8, "scl": 9, "smoke": 1, "co": 2, "battery": 4, "call_no": 5, "call_nc": 6, "sounder": 7, "led": 10,
    },
    "pico_w": {
        "sda": 4, "scl": 5, "smoke": 26, "co": 27, "battery": 28,
        "call_no": 14, "call_nc": 15, "sounder": 16, "led": 17,
    },
}  # fmt: skip


def board_of(machine: str) -> str:
    """The name of the board from sys.implementation._machine; the virtual board has the pins of an ESP32-S3."""
    return "pico_w" if "RP2040" in machine or "Pico" in machine else "esp32s3"
