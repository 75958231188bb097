"""What a video endpoint is told: limits of its flags, forbidden zones and hours, privacy masks, snapshots.

All of it stands under `limits`, in the provisioning record and in pushed settings; the latter win, name by name.
Zones and masks are {"polygon": [[x, y], ...]} in thousandths of the picture, or {"cells": 48 hex digits}, one bit for
each of the 16 x 12 cells, line by line. A zone may have `hours` [["22:00", "06:00"], ...] of local time, and `days`
(0 is Monday) on which they begin; without hours it is always forbidden.
"""

from firmware.device import const
from firmware.device.video_scene import CELLS, COLUMNS, MASKED, ROWS

_MAX_ZONES = const(7)
_HOURS6_MS = const(21_600_000)
_DAY_MIN = const(1440)
_CHINA_MIN = const(480)  # UTC+8, no summer time; a place that has it needs another way

# level, on-delay, off-delay, longest time in ms. Defaults of ours, but for the source given
LIMITS = {
    "picture_lost": (4, 5000, 2000, _HOURS6_MS),  # the same frame so often: a sensor without noise shows nothing
    "covered": (333, 10_000, 5000, _HOURS6_MS),  # thousandths of the learnt sharpness and contrast
    "moved": (300, 30_000, 10_000, _HOURS6_MS),  # thousandths of scene difference; a person passes within 30 s
    "motion": (2, 1000, 30_000, 600_000),  # cells of a zone; off-delay of 30 s as Frigate has it
    "storage_fault": (20, 0, 2000, _HOURS6_MS),  # thousandths of the card that have to be free
}
_WHYS = const(("motion", "covered", "moved", "tamper", "command"))
_NUMBERS = {  # name: lowest, default, highest
    "motion_grey": (3, 12, 100),  # grey levels between a cell and its background
    "frame_ms": (200, 500, 5000),
    "utc_offset_min": (-720, _CHINA_MIN, 840),
    "snapshot_gap_s": (5, 60, 3600),  # one more snapshot is allowed after so long, three in a row at most
    "snapshot_kb": (4, 64, 512),
}


def parse(limits: dict) -> dict:
    """Checked settings: limits and numbers by name, `map` of the cells, `hours` of each zone, `snapshots`.

    Plain data, so that this module can leave the heap again. Raises ValueError naming the field that is wrong.
    """
    for name in limits:
        if name not in LIMITS and name not in _NUMBERS and name not in ("zones", "masks", "snapshots"):
            raise ValueError("limits: 未知 / unknown: " + name)
    rules: dict = {name: _limit(name, limits.get(name, default)) for name, default in LIMITS.items()}
    for name, span in _NUMBERS.items():
        rules[name] = _number(name, limits.get(name), span)
    rules["map"] = marks = bytearray(CELLS)
    masks = _list("masks", limits.get("masks", []))
    for mask in masks:
        _mark(marks, MASKED, mask, "masks")
    rules["hours"] = []  # of each zone: None is always
    for index, zone in enumerate(_list("zones", limits.get("zones", []))):
        _mark(marks, 1 << index, zone, "zones")
        rules["hours"].append(_hours(zone))
    if min(marks) & MASKED:
        raise ValueError("limits: masks: 画面全被遮住 / nothing of the picture is left")
    # a picture cannot be masked on the board: with masks there are snapshots only where somebody asks for them
    rules["snapshots"] = _whys(limits.get("snapshots", () if masks else _WHYS))
    return rules


def polygon_cells(points: list) -> list:
    """The cells whose middle lies inside (even-odd rule), in whole numbers; the picture is 1000 x 1000."""
    found = []
    for cell in range(CELLS):
        x, y = (2 * (cell % COLUMNS) + 1) * 1000, (2 * (cell // COLUMNS) + 1) * 1000  # in 1/(2 * count) of the picture
        inside = False
        for i in range(len(points)):
            (x1, y1), (x2, y2) = points[i - 1], points[i]
            x1, x2, y1, y2 = x1 * 2 * COLUMNS, x2 * 2 * COLUMNS, y1 * 2 * ROWS, y2 * 2 * ROWS
            if (y1 > y) != (y2 > y):
                left = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
                inside ^= (left > 0) == (y2 > y1)
        if inside:
            found.append(cell)
    return found


def _mark(marks: bytearray, bit: int, zone: object, field: str) -> None:
    if not isinstance(zone, dict) or ("polygon" in zone) == ("cells" in zone):
        raise ValueError("limits: " + field + ": 需要 polygon 或 cells / needs a polygon or cells")
    cells = _polygon(zone["polygon"], field) if "polygon" in zone else _hex_cells(zone["cells"], field)
    if not cells:
        raise ValueError("limits: " + field + ": 区域内没有单元 / no cell lies inside")
    for cell in cells:
        marks[cell] |= bit


def _polygon(points: object, field: str) -> list:
    fits = isinstance(points, list) and 3 <= len(points) <= 12
    fits = fits and all([isinstance(point, list) and len(point) == 2 for point in points])
    if not fits or not all([isinstance(n, int) and 0 <= n <= 1000 for point in points for n in point]):
        raise ValueError("limits: " + field + ": polygon: 3-12 个点 [0-1000, 0-1000] / 3 to 12 points of 0 to 1000")
    return polygon_cells(points)


def _hex_cells(digits: object, field: str) -> list:
    try:
        bits = int(digits, 16) if isinstance(digits, str) and len(digits) == CELLS // 4 else -1
    except ValueError:
        bits = -1
    if bits < 0:
        raise ValueError("limits: " + field + ": cells: 应为 48 位十六进制 / must be 48 hex digits")
    return [cell for cell in range(CELLS) if bits >> (CELLS - 1 - cell) & 1]


def _hours(zone: dict) -> tuple | None:
    days = zone.get("days", list(range(7)))
    if not isinstance(days, list) or not days or not all([day in range(7) for day in days]):
        raise ValueError("limits: zones: days: 应为 / must be [0..6], 0 = 周一 Monday")
    if "hours" not in zone:
        return None if len(days) == 7 else (((0, _DAY_MIN),), days)
    windows = [(_minute(pair, 0), _minute(pair, 1)) for pair in _list("zones: hours", zone["hours"])]
    if not windows:
        raise ValueError("limits: zones: hours: 不能为空 / must not be empty")
    return tuple(windows), days


def _minute(pair: object, index: int) -> int:
    try:
        hour, minute = pair[index].split(":")  # type: ignore[index]
        total = int(hour) * 60 + int(minute)
        if len(pair) == 2 and len(hour) == len(minute) == 2 and int(minute) < 60 and 0 <= total <= _DAY_MIN:
            return total
    except (ValueError, TypeError, AttributeError, IndexError, KeyError):
        pass
    raise ValueError('limits: zones: hours: 应为 / must be [["22:00", "06:00"]]')


def _limit(name: str, limit: object) -> tuple:
    numbers = isinstance(limit, (list, tuple)) and len(limit) == 4 and all([isinstance(n, int) for n in limit])
    if not numbers or not (limit[0] >= 1 and limit[1] >= 0 and limit[2] >= 0 and limit[3] > 0):
        raise ValueError("limits: %s 应为 / must be [level, on_ms, off_ms, max_on_ms]" % name)
    return tuple(limit)


def _number(name: str, value: object, span: tuple) -> int:
    lowest, default, highest = span
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError("limits: %s: %d-%d" % (name, lowest, highest))
    return value


def _list(name: str, value: object) -> list:
    if not isinstance(value, list) or len(value) > _MAX_ZONES:
        raise ValueError("limits: %s: 应为最多 7 项的列表 / must be a list of at most 7" % name)
    return value


def _whys(value: object) -> tuple:
    if not isinstance(value, (list, tuple)) or not all([why in _WHYS for why in value]):
        raise ValueError("limits: snapshots: 应取自 / must be of " + ", ".join(_WHYS))
    return tuple(value)
