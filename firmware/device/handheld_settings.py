"""What the centre may settle on a terminal; every wrong field is named."""

from binascii import unhexlify

from firmware.device.handheld_vault import ROUNDS_MAX

# name -> smallest, default, largest
NUMBERS = {
    "track_s": (5, 30, 600),
    "track_m": (5, 20, 1000),
    "lock_s": (30, 300, 3600),
    "tz_min": (-720, 480, 840),  # China: UTC+8
}
# lists a worker chooses from: texts, or codes with their texts
LISTS = {
    "notes": ["Solved", "Not found", "Needs another unit", "Told the owner"],
    "kinds": [
        ["fire", "Fire hazard"], ["escape", "Escape blocked"], ["lift", "Lift"], ["dispute", "Dispute"],
        ["other", "Other"],
    ],
    "places": [["here", "Here (GPS)"]],
}  # fmt: skip


def check(settings: dict) -> dict:
    """All of them, with defaults. Raises ValueError naming the field."""
    checked = {"language": settings.get("language", "zh"), "pin": settings.get("pin", {})}
    if checked["language"] not in ("zh", "en"):
        raise ValueError("language: zh, en")
    for name, (low, default, high) in NUMBERS.items():
        value = settings.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError("%s: %d .. %d" % (name, low, high))
        checked[name] = value
    for name, default in LISTS.items():
        checked[name] = settings.get(name, default)
        if not _is_list(checked[name], isinstance(default[0], list)):
            raise ValueError(name)
    _check_pin(checked["pin"])
    return checked


def _is_list(value: object, coded: bool) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= 30:
        return False
    texts = [text for pair in value for text in (pair if isinstance(pair, list) else [None])] if coded else value
    return all([isinstance(text, str) and text for text in texts]) and (not coded or len(texts) == 2 * len(value))


def _check_pin(pin: object) -> None:
    if pin == {}:
        return  # nobody can log on
    if not isinstance(pin, dict):
        raise ValueError("pin: {}")  # noqa: TRY004 - what main catches
    digits, rounds = pin.get("digits", 6), pin.get("rounds", 2000)
    if not isinstance(digits, int) or not 4 <= digits <= 8:
        raise ValueError("pin.digits: 4 .. 8")
    if not isinstance(rounds, int) or not 100 <= rounds <= ROUNDS_MAX:
        raise ValueError("pin.rounds: 100 .. %d" % ROUNDS_MAX)
    for name, length in (("salt", 16), ("hash", 32)):
        try:
            right = len(unhexlify(pin.get(name, ""))) >= length
        except (ValueError, TypeError):
            right = False
        if not right:
            raise ValueError("pin." + name)
