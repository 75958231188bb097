"""What a small grey frame shows, in whole numbers: brightness, sharpness, and how far it is from the learnt scene.

A frame is seen as 16 x 12 cells of 16 samples each; a cell that is masked for privacy is never read. The frame may have
any size from 64 x 48 on, and stays where the camera has put it: nothing is copied.
"""

from array import array

from firmware.device import const

COLUMNS = 16
ROWS = 12
CELLS = const(192)
MASKED = 0x80  # bit of a cell in the map of zones; the others are one zone each
_SCALE = const(16)  # a cell is the sum of its samples
_FLAT = const(24)  # 1.5 grey levels between cells: noise, no picture
_FIRST = const(8)  # frames that make the first reference
_LEARN_SHIFT = const(5)  # of what differs, 1/32 is learnt at each step
_LOOKS_LIKE_IT = const(200)  # a picture farther away than this teaches nothing
_TRAIL_SHIFT = const(3)  # what stands still for some ten frames is background


def isqrt(number: int) -> int:
    """The whole square root (Newton), without floats: a board has single precision only."""
    if number < 2:
        return max(0, number)
    root = 1 << (len(bin(number)) - 1) // 2
    while True:
        better = (root + number // root) // 2
        if better >= root:
            return root
        root = better


def sample(frame, width: int, zones, cells) -> int:
    """Fill `cells`; the variance of the Laplacian over the inside of all open cells."""
    across = width // COLUMNS
    down = len(frame) // width // ROWS
    x0, x1, x2, x3 = [(2 * k + 1) * across // 8 for k in range(4)]
    rows = [(2 * k + 1) * down // 8 * width for k in range(4)]
    inner = (rows[1] + x1, rows[1] + x2, rows[2] + x1, rows[2] + x2)
    linear = squares = count = 0
    for cell in range(CELLS):
        if zones[cell] & MASKED:
            continue
        corner = cell // COLUMNS * down * width + cell % COLUMNS * across
        total = 0
        for row in rows:
            at = corner + row
            total += frame[at + x0] + frame[at + x1] + frame[at + x2] + frame[at + x3]
        cells[cell] = total
        for at in inner:
            at += corner  # noqa: PLW2901 - a new name would cost time in the innermost loop
            edge = 4 * frame[at] - frame[at - 1] - frame[at + 1] - frame[at - width] - frame[at + width]
            linear += edge
            squares += edge * edge >> 2  # a quarter keeps the sum of a sharp frame in a small integer
        count += 4
    if not count:
        return 0
    mean = linear // count
    return max(0, squares * 4 // count - mean * mean)


def spread(cells, zones) -> tuple:
    """(mean, standard deviation) of the open cells, in sixteenths of a grey level."""
    total = squares = count = 0
    for cell in range(CELLS):
        if not zones[cell] & MASKED:
            total += cells[cell]
            count += 1
    mean = total // max(1, count)
    for cell in range(CELLS):
        if not zones[cell] & MASKED:
            squares += (cells[cell] - mean) ** 2 >> 4
    return mean, 4 * isqrt(squares // max(1, count))


def difference(cells, reference, zones) -> int:
    """1000 less the correlation in thousandths, 0 to 1000: brightness and contrast alone make no difference."""
    (mean, wide), (learnt, learnt_wide) = spread(cells, zones), spread(reference, zones)
    if wide < _FLAT or learnt_wide < _FLAT:
        return 0 if wide < _FLAT and learnt_wide < _FLAT else 1000
    total = count = 0
    for cell in range(CELLS):
        if not zones[cell] & MASKED:
            total += (cells[cell] - mean) * (reference[cell] - learnt) >> 4
            count += 1
    return max(0, min(1000, 1000 - total * 1000 // count * _SCALE // (wide * learnt_wide)))


def follow(slow, cells, shift: int) -> None:
    """Move `slow` towards `cells` by one part in 2 ** shift, by one at least: it arrives."""
    for cell in range(CELLS):
        delta = cells[cell] - slow[cell]
        if delta:
            slow[cell] += (delta >> shift) if delta > 0 else -(-delta >> shift)
            slow[cell] += (delta > 0) - (delta < 0) if -1 << shift < delta < 1 << shift else 0


def moving(cells, background, zones, level: int) -> tuple:
    """(open cells, how many of them moved, list of how many in each zone); more light on all of them moves nothing."""
    shift = spread(cells, zones)[0] - spread(background, zones)[0]
    counts = [0] * 7
    total = count = 0
    for cell in range(CELLS):
        marks = zones[cell]
        if marks & MASKED:
            continue
        count += 1
        if abs(cells[cell] - background[cell] - shift) > level:
            total += 1
            for zone in range(7):
                counts[zone] += marks >> zone & 1
    return count, total, counts


class Scene:
    """Takes frames; what it found stands in its attributes. `zones` is the map of cells, changed from outside."""

    def __init__(self, reference: bytes | None = None) -> None:
        blank = bytes(2 * CELLS)
        self.zones = bytearray(CELLS)
        self._cells = array("H", blank)
        self._background = array("H", blank)
        self._reference = array("H", blank)
        self._seen = 0  # frames that made the reference, up to _FIRST
        self.learnt_sharpness = self.learnt_spread = 0
        self.luminance = self.sharpness = self.spread = 0  # sharpness is the Laplacian's deviation; all in thousandths
        self.difference: int | None = None  # None: no scene has been learnt yet
        self.blank = False  # one colour, without noise: no picture at all
        self.restless = 0  # cells that moved in the newest frame
        self.counts = [0] * 7  # of them, the most in each zone since somebody set it to zeros
        if reference is not None and len(reference) == 2 * CELLS + 4:  # what was learnt before a reboot
            self._reference = array("H", reference[:-4])
            self.learnt_sharpness = int.from_bytes(reference[-4:-2], "little")
            self.learnt_spread = int.from_bytes(reference[-2:], "little")
            self._seen = _FIRST

    def learnt(self) -> bytes | None:
        """For flash; None where nothing has been learnt."""
        if self._seen < _FIRST:
            return None
        tail = self.learnt_sharpness.to_bytes(2, "little") + self.learnt_spread.to_bytes(2, "little")
        return bytes(self._reference) + tail

    def forget(self) -> None:
        """Learn the scene anew: a person on site says that it is right."""
        self._seen = 0
        self.difference = None

    def look(self, frame, width: int, level: int) -> None:
        """One frame. `level`: grey levels between a cell and its background that are a movement."""
        edges = sample(frame, width, self.zones, self._cells)
        mean, wide = spread(self._cells, self.zones)
        self.luminance = mean * 1000 // (255 * _SCALE)
        self.sharpness = min(1000, isqrt(edges * 1000000 // 65025))
        self.blank = edges <= 2 and wide < _SCALE
        self.spread = wide * 1000 // (255 * _SCALE)
        if self._seen >= _FIRST:
            self.difference = difference(self._cells, self._reference, self.zones)
        elif wide >= _FLAT:  # a lens that is covered from the first moment on is nothing to learn
            follow(self._reference, self._cells, 0 if self._seen == 0 else 1)
            if self._seen == 0:
                follow(self._background, self._cells, 0)
            self._seen += 1
            self.learnt_sharpness, self.learnt_spread = self.sharpness, self.spread
        count, self.restless, counts = moving(self._cells, self._background, self.zones, level * _SCALE)
        if self.restless * 2 > count:  # everything: a lamp, or another scene, and no movement in it
            follow(self._background, self._cells, 0)
            return
        follow(self._background, self._cells, _TRAIL_SHIFT)
        self.counts = [max(counts[zone], self.counts[zone]) for zone in range(7)]

    def learn(self) -> bool:
        """A step of the slow reference, every ten seconds or so; False from a picture that does not look like it."""
        if self.difference is None or self.difference > _LOOKS_LIKE_IT:
            return False
        if self.sharpness * 2 > self.learnt_sharpness:  # one that is blurred may be covered
            follow(self._reference, self._cells, _LEARN_SHIFT)
            self.learnt_sharpness += (self.sharpness - self.learnt_sharpness) // 8
            self.learnt_spread += (self.spread - self.learnt_spread) // 8
        return True
