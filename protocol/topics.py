"""The topic grammar `gw/1/<site>/<device>/<kind>`, built and parsed in one place."""

from protocol.errors import TopicError

_ROOT = "gw/1"
_SHARED = ("readings", "status", "clock", "command", "ack", "incident", "history")
_ENDPOINT = (
    "answer",
    "config",
    "report",
    "receipt",
    "piece",
    "task",
    "fetch",
    "bundle",
)  # gateway and endpoint
KINDS = _SHARED + _ENDPOINT
MAX_LEVEL = 64  # ids are printed on labels and QR codes; longer ones do not fit either
_PUNCTUATION = b"-_."


def _check_level(name: str, level: str) -> None:
    if not 1 <= len(level) <= MAX_LEVEL:
        raise TopicError("bad_level", name + " must have 1 to 64 characters: " + repr(level))
    for byte in level.encode():  # not characters: MicroPython would keep each one in memory for ever
        if not (97 <= byte <= 122 or 65 <= byte <= 90 or 48 <= byte <= 57 or byte in _PUNCTUATION):
            raise TopicError("bad_level", name + " may have letters, digits, - _ . only: " + repr(level))


def build(site: str, device: str, kind: str) -> str:
    """The topic of one kind of message of one device. Raises TopicError."""
    _check_level("site", site)
    _check_level("device", device)
    if kind not in KINDS:
        raise TopicError("unknown_kind", "unknown kind " + repr(kind) + "; known: " + ", ".join(KINDS))
    return "/".join((_ROOT, site, device, kind))


def parse(topic: str) -> tuple[str, str, str]:
    """(site, device, kind) of a topic. Raises TopicError."""
    levels = topic.split("/")
    if len(levels) != 5 or "/".join(levels[:2]) != _ROOT:
        raise TopicError("not_ours", "not a topic of gw/1/<site>/<device>/<kind>: " + repr(topic))
    _, _, site, device, kind = levels
    build(site, device, kind)
    return site, device, kind
