"""Photos for tests, as phones make them: with position, turned sideways, of every kind that is taken."""

from __future__ import annotations

import base64
import io
import random
import zlib

from PIL import Image

KINDS = ("JPEG", "PNG", "WEBP")
GPS, ORIENTATION, SIDEWAYS = 0x8825, 0x0112, 6  # EXIF 2.32; 6: turn it clockwise to look at it
SECRET = b"Zhou's phone"


def photo(kind: str = "JPEG", size: tuple[int, int] = (320, 240), seed: int = 1, *, sideways: bool = False) -> bytes:
    """A scene: the left half red, the right half blue, some noise."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    dice = random.Random(seed)
    for _ in range(40):
        at = (dice.randrange(size[0]), dice.randrange(size[1]))
        image.putpixel(at, (dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # who made it
    exif[ORIENTATION] = SIDEWAYS if sideways else 1
    exif.get_ifd(GPS)[2] = (39.0, 55.0, 48.0)
    exif.get_ifd(GPS)[1] = "N"
    file = io.BytesIO()
    image.save(file, kind, exif=exif)
    return file.getvalue()


def noise(side: int) -> bytes:
    """What compresses worst, as a PNG."""
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(3).randbytes(side * side * 3)).save(
        file, "PNG", compress_level=0
    )
    return file.getvalue()


def segments(jpeg: bytes) -> set[int]:
    """The markers before the first scan."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


# The same scene, 64 x 48, made by us with an encoder that is not installed here: base 85 of zlib
_HEIC = (
    "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>UfpK4MYDppk1Sn>t<P<^K3<a6VB@Af5Br_);Y>0~k0}}%yh{gB_LIZ&#Pz(r|l;I))Kx~njnU@CU"
    "fn-I2oK&zfpqh-bWJ3ldK}L`g*NRNAa=wDhl3WI;N`}9g1w{ow`fg@Haz2nQ1L}2VWCjUM04tLF!0_kqj~@&S{LBeJ9TE<VJdFSUgA_1>R4{{("
    "+%6`EM4+UW6C)#<%mRf*)@iSvEZez*Bf~%eD8vjR7!;F$%Gq2P4;CNj1X?1ToS##amz+}p6y;@LYXAy~WEK~sLcQw%#Tv;ui3LzL$ngeH8XO4!"
    "|Ns904Ge*T%!*8qATtLC2auA;EXak$1tS9^Ya<ggYYUJqm06UU1{LQ^PAN_X2R_KenYk&6pjfiiU|b*Z?8~eD|DR^>|F`&0`^o?R<Ntf@4S#1S"
    "{BIs>RMh|CFSVj~r|{)T9##*zbw~BJ@6{@k^QKEpjNRwE01aS+1iP;<gBFm-!NA1G4|XCi5UX{lGO$3sU;=VOR7QTOda*)5Mt)u@#HnDlOny)|"
    "0sx5dd$0"
)


def heic() -> bytes:
    """As an iPhone makes them, with position."""
    return zlib.decompress(base64.b85decode(_HEIC))
