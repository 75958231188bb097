"""What the centre may settle on a terminal; every wrong field is named. Loaded when it is needed, then forgotten.

Texts have 60 characters at most: a report has to fit into its record on flash.
"""

from binascii import unhexlify

# name -> smallest, default, largest; China is at UTC+8
_NUMBERS = {"track_s": (5, 30, 600), "track_m": (5, 20, 1000), "lock_s": (30, 300, 3600), "tz_min": (-720, 480, 840)}
# what a worker chooses from before the centre says it: texts, or codes with their texts
_NOTES = "Solved|Not found|Needs another unit|Told the owner"
_KINDS = "fire=Fire hazard|escape=Escape blocked|lift=Lift|dispute=Dispute|other=Other"
_PLACES = "here=Here (GPS)"


def check(settings: dict) -> dict:
    """All of them, with defaults. Raises ValueError naming the field."""
    checked = {"language": settings.get("language", "zh"), "pin": settings.get("pin", {})}
    if checked["language"] not in ("zh", "en"):
        raise ValueError("language: zh, en")
    for name, (low, default, high) in _NUMBERS.items():
        value = settings.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError("%s: %d .. %d" % (name, low, high))
        checked[name] = value
    for name, texts in (("notes", _NOTES), ("kinds", _KINDS), ("places", _PLACES)):
        checked[name] = settings.get(name) if name in settings else _defaults(texts)
        if not _is_list(checked[name], "=" in texts):
            raise ValueError(name)
    _check_pin(checked["pin"])
    return checked


def _defaults(texts: str) -> list:
    return [text.split("=") if "=" in text else text for text in texts.split("|")]


def _is_list(value: object, pairs: bool) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= 30:
        return False
    for entry in value:
        texts = entry if isinstance(entry, list) and pairs else [entry]
        if len(texts) != 1 + pairs or not all([isinstance(text, str) and 0 < len(text) <= 60 for text in texts]):
            return False
    return True


def _check_pin(pin: object) -> None:
    if pin == {}:
        return  # nobody can log on
    if not isinstance(pin, dict):
        raise ValueError("pin: {}")  # noqa: TRY004 - what main catches
    for name, low, high in (("digits", 4, 8), ("rounds", 100, 20000)):
        value = pin.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError("pin.%s: %d .. %d" % (name, low, high))
    for name, length in (("salt", 16), ("hash", 32)):
        try:
            right = len(unhexlify(pin.get(name, ""))) >= length
        except (ValueError, TypeError):
            right = False
        if not right:
            raise ValueError("pin." + name)
