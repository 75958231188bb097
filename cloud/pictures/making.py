"""Makes a picture of our own of a file that somebody sent: upright, bounded, without any notes beside it.

What comes from outside is decoded here and nowhere else, and what is kept was encoded here: position, time, serial
number and thumbnail of the camera are gone with the file (people carry their phones home).
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pi_heif import register_heif_opener
from PIL import Image, ImageOps

from cloud.pictures.errors import NotAPhoto, PhotoTooLarge
from cloud.pictures.jpeg import in_several_passes

FILE_MAX = 15 << 20  # default of ours: below what a request may have; phones make 2 to 8 MB
POINTS_MAX = 52_000_000  # default of ours: a phone's 50 megapixels; decoding takes some 3 bytes each
PASSES_MAX = 16_000_000  # of a JPEG in several passes: up to 6 bytes each are held however small it is decoded
PLAIN_MAX = 25_000_000  # of what cannot be decoded smaller than it is: 4 bytes each, and a copy
SCANS_MAX = 100  # of a progressive JPEG, as libjpeg-turbo's djpeg -maxscans advises; encoders write some ten
# a scan of 1 to 4 components (ITU-T T.81 B.2.3); bare FF DA also stands by chance in a video that phones append
SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e][\x01-\x04]")
PLAIN_MODES = ("RGB", "RGBA", "L")  # can be scaled as they are
# side and quality, tried in turn until it fits: a readable number plate first, then whatever stays below
LARGE = ((2048, 85), (2048, 70), (1600, 65), (1280, 55), (1024, 40))
SMALL = ((480, 70), (480, 45), (320, 40))
LARGE_BYTES, SMALL_BYTES = 1_000_000, 60_000  # defaults of ours
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# what decoders raise at garbage; LookupError, ArithmeticError: tables and sizes that cannot be
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, RuntimeError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A picture of ours, and the same one small."""

    jpeg: bytes
    small: bytes
    width: int
    height: int


def made(data: bytes) -> Made:
    """Decode, turn upright, scale down, encode anew. Raises NotAPhoto, PhotoTooLarge."""
    if len(data) > FILE_MAX:
        raise PhotoTooLarge(f"a file has at most {FILE_MAX >> 20} MiB; choose a smaller picture, or a lower resolution")
    if sum(1 for _ in SCAN.finditer(data)) > SCANS_MAX:  # each costs a pass over every point, and a few bytes
        raise NotAPhoto(f"a JPEG has at most {SCANS_MAX} scans; take it anew, or save it as a plain JPEG")
    register_heif_opener()  # the same again changes nothing
    try:
        clean = _clean(data)
        large = _fitting(clean, LARGE, LARGE_BYTES)
        small = _fitting(clean, SMALL, SMALL_BYTES)
    except BOMBS:
        raise _too_many_points() from None
    except BROKEN:
        raise NotAPhoto("not a whole JPEG, PNG, WebP or HEIC picture; take it anew, or save it as JPEG") from None
    return Made(jpeg=large[0], small=small[0], width=large[1], height=large[2])


def _clean(data: bytes) -> Image.Image:
    """What is seen, upright, on white where it was transparent; nothing else."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        points = image.width * image.height
        if points > (POINTS_MAX if image.format in ("JPEG", "MPO", "HEIF") else PLAIN_MAX):
            raise _too_many_points()
        if image.format in ("JPEG", "MPO") and points > PASSES_MAX and in_several_passes(data):
            most = PASSES_MAX // 1_000_000
            raise PhotoTooLarge(f"a progressive JPEG has at most {most} megapixels; save it as a plain one")
        side = LARGE[0][0]
        image.draft("RGB", (side, side))  # a JPEG is decoded smaller; others ignore it
        image.load()
        if image.mode in PLAIN_MODES:
            image.thumbnail((side, side), Image.Resampling.LANCZOS)  # before it is copied
        return _on_white(_upright(image))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except BROKEN:  # a spoilt note is no spoilt picture
        return image


def _on_white(image: Image.Image) -> Image.Image:
    see_through = "A" in image.getbands() or "transparency" in image.info
    layer = image.convert("RGBA" if see_through else "RGB")
    layer.thumbnail((LARGE[0][0], LARGE[0][0]), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", layer.size, "white")  # a new one: it has no notes
    clean.paste(layer, mask=layer.getchannel("A") if see_through else None)
    return clean


def _fitting(image: Image.Image, ways: tuple[tuple[int, int], ...], most: int) -> tuple[bytes, int, int]:
    """The first way that stays below `most`. Noise as large as it can be fits the last one."""
    for data, width, height in _tries(image, ways):
        if len(data) <= most:
            return data, width, height
    raise PhotoTooLarge(f"it does not fit into {most} bytes however it is written; take it anew")


def _tries(image: Image.Image, ways: tuple[tuple[int, int], ...]) -> Iterator[tuple[bytes, int, int]]:
    for side, quality in ways:
        scaled = image.copy()
        scaled.thumbnail((side, side), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        scaled.save(file, "JPEG", quality=quality)
        yield file.getvalue(), scaled.width, scaled.height


def _too_many_points() -> PhotoTooLarge:
    limit = f"{POINTS_MAX // 1_000_000} megapixels (PNG and WebP {PLAIN_MAX // 1_000_000})"
    return PhotoTooLarge(f"a picture has at most {limit}; take it with a lower resolution")
