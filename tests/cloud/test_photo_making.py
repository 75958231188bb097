"""A file that somebody sent becomes a picture of ours: upright, bounded, without notes; garbage never harms."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cloud.pictures import making
from cloud.pictures.errors import NotAPhoto, PhotoError, PhotoTooLarge
from cloud.pictures.making import FILE_MAX, LARGE_BYTES, SMALL_BYTES, made
from tests.photos import KINDS, SECRET, heic, noise, photo, segments

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # it tells of spoilt notes beside a picture
NOTES = {0xE1, 0xE2, 0xED, 0xFE}  # EXIF and XMP, profiles, IPTC, comments


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_is_written_anew_without_what_was_beside_it(kind: str) -> None:
    """Position, maker and orientation are gone; what is seen stands upright."""
    sent = photo(kind, sideways=True)
    assert SECRET in sent
    picture = made(sent)
    for jpeg in (picture.jpeg, picture.small):
        assert not segments(jpeg) & NOTES
        assert SECRET not in jpeg
        with Image.open(io.BytesIO(jpeg)) as image:
            assert (image.format, dict(image.getexif())) == ("JPEG", {})
            assert image.height > image.width
            top, bottom = (image.getpixel((image.width // 2, image.height * part // 10)) for part in (2, 8))
    assert (picture.width, picture.height) == (240, 320)
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 120 > top[2]
    assert bottom[2] > 120 > bottom[0]


def test_an_iphones_file_is_taken() -> None:
    """HEIC, as it comes where nobody changed the settings."""
    assert SECRET in heic()
    picture = made(heic())
    assert SECRET not in picture.jpeg
    with Image.open(io.BytesIO(picture.jpeg)) as image:
        left, right = image.getpixel((10, 24)), image.getpixel((54, 24))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (picture.width, picture.height, left[0] > 150, right[2] > 150) == (64, 48, True, True)


def test_what_was_transparent_is_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(file, "PNG")
    with Image.open(io.BytesIO(made(file.getvalue()).jpeg)) as image:
        assert image.getpixel((32, 32)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "F"])
def test_every_way_to_tell_colours(mode: str) -> None:
    """Black and white, palettes, ink, 16 bits: a picture, or a refusal."""
    file = io.BytesIO()
    Image.new(mode, (40, 30)).save(file, "TIFF" if mode == "F" else "JPEG" if mode == "CMYK" else "PNG")
    if mode == "F":
        with pytest.raises(NotAPhoto):
            made(file.getvalue())
    else:
        assert (made(file.getvalue()).width, made(file.getvalue()).height) == (40, 30)


def test_it_is_bounded_whatever_comes() -> None:
    """Noise is the worst there is."""
    picture = made(noise(1400))
    assert len(picture.jpeg) <= LARGE_BYTES
    assert len(picture.small) <= SMALL_BYTES
    assert max(made(photo(size=(6000, 200))).width, 0) == 2048


def test_too_large_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes, in points, and a bomb that is small as a file."""
    with pytest.raises(PhotoTooLarge, match="15 MiB"):
        made(bytes(FILE_MAX + 1))
    for side in (5_100, 12_000, 40_000):
        with pytest.raises(PhotoTooLarge, match="megapixels"):
            made(bomb(side))
    monkeypatch.setattr(making, "POINTS_MAX", 100)
    with pytest.raises(PhotoTooLarge, match="resolution"):
        made(photo())


@pytest.mark.parametrize("ways", [{"progressive": True}, {"progressive": True, "subsampling": 0}])
def test_a_large_progressive_jpeg_is_refused_before_it_takes_the_memory(ways: dict[str, Any]) -> None:
    """A plain one of the same size is taken; a thumbnail within the notes is not what is looked at."""
    note = b"Exif\0\0" + plain((40, 30), progressive=True)
    assert made(plain((4200, 4000), exif=note)).width == 2048
    with pytest.raises(PhotoTooLarge, match="16 megapixels; save it as a plain one"):
        made(plain((4200, 4000), **ways))
    assert made(plain((1200, 900), **ways)).width == 1200


def plain(size: tuple[int, int], **ways: Any) -> bytes:
    """A JPEG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG", **ways)
    return file.getvalue()


def bomb(side: int) -> bytes:
    """A PNG whose header promises so many points."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


WHOLE = [photo(kind, (48, 32)) for kind in KINDS] + [heic()]


@settings(max_examples=120, deadline=None)
@given(data=st.binary(max_size=400), begin=st.sampled_from([b"", *(one[:40] for one in WHOLE), b"GIF89a", b"<svg>"]))
def test_garbage_is_refused_in_words(data: bytes, begin: bytes) -> None:
    """Never anything else than a refusal."""
    with pytest.raises(PhotoError, match=r"take it|choose"):
        made(begin + data)


@settings(max_examples=150, deadline=None)
@given(
    whole=st.sampled_from(WHOLE), cut=st.floats(0, 1),
    spoilt=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6),
)  # fmt: skip
def test_a_spoilt_photo_is_a_photo_or_a_refusal(whole: bytes, cut: float, spoilt: list[tuple[float, int]]) -> None:
    """Cut anywhere, bytes changed anywhere: what is kept is a whole picture of ours."""
    data = bytearray(whole)
    for where, value in spoilt:
        data[int(where * len(data))] = value
    try:
        picture = made(bytes(data[: round(len(data) * cut)] if not spoilt else data))
    except PhotoError:
        return
    with Image.open(io.BytesIO(picture.jpeg)) as image:
        image.load()
        assert image.size == (picture.width, picture.height)


@pytest.mark.parametrize("kind", [*KINDS, "HEIC"])
def test_half_a_photo_is_refused(kind: str) -> None:
    whole = heic() if kind == "HEIC" else photo(kind)
    with pytest.raises(NotAPhoto, match="JPEG"):
        made(whole[: len(whole) // 2])


def test_a_small_file_does_not_keep_the_decoder_busy() -> None:
    """Each scan of a progressive JPEG costs a pass over all its points: a few bytes each, and it would take hours."""
    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(NotAPhoto, match="at most 100 scans"):
        made(whole[:last] + whole[last:-2] * 200 + b"\xff\xd9")
    assert made(whole + b"\xff\xda" * 500).width == 64  # a video that a phone appends
