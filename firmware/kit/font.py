"""Makes /screen.bin of a handheld from a font of this computer: 16x16 glyphs, and the Chinese of its screens.

The layout is in firmware/device/drivers/screen_file.py. The font itself is never part of this repository.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from zlib import crc32

from PIL import Image, ImageDraw, ImageFont

from firmware.kit.screen_words import WORDS

SIZE = 16
MAGIC = b"GWF1"
_ASCII = range(32, 127)
_BASELINE = 14  # the ideographic square of a font reaches from 0.88 em above the baseline to 0.12 em below
_INK = 105  # of 255: thin strokes stay whole
_ROWS_OF_GB2312 = (*range(1, 10), *range(16, 88))  # symbols; level 1 (16 to 55) by sound; level 2 (56 to 87)


class FontError(Exception):
    """No usable font; the text says what to do."""


def gb2312() -> str:
    """The characters of GB/T 2312-1980, both levels and the symbols."""
    codes = (bytes([row + 0xA0, cell + 0xA0]) for row in _ROWS_OF_GB2312 for cell in range(1, 95))
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def installed_font() -> Path:
    """A font with Chinese that this computer has. Raises FontError."""
    asking = shutil.which("fc-match")
    if asking is not None:
        for wanted in ("Noto Sans Mono CJK SC", ":lang=zh-cn"):
            asked = [asking, "-f", "%{file}\t%{lang}", wanted]
            found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10).stdout
            path, _, languages = found.partition("\t")
            if "zh-cn" in languages:
                return Path(path)
    for folder in (Path("C:/Windows/Fonts"), Path("/System/Library/Fonts"), Path("/Library/Fonts")):
        for name in ("simsun.ttc", "msyh.ttc", "PingFang.ttc", "STHeiti Light.ttc"):
            if (folder / name).is_file():
                return folder / name
    raise FontError(
        "没有找到中文字体：请安装 fonts-noto-cjk，或用 --font 指定字体文件 / "
        "no font with Chinese found: install fonts-noto-cjk, or name a font file with --font"
    )


def _face(path: Path) -> ImageFont.FreeTypeFont:
    """Of a collection the face for simplified Chinese with letters of half the width, if it has one."""
    faces = []
    for index in range(32):
        try:
            faces.append(ImageFont.truetype(path, SIZE, index=index))
        except OSError:
            break
    if not faces:
        raise FontError(f"不是字体文件 / not a font file: {path.name}")
    for wanted in ("Mono CJK SC", "CJK SC", "SC"):
        for face in faces:
            if wanted in str(face.getname()[0]):
                return face
    return faces[0]


def glyph(face: ImageFont.FreeTypeFont, letter: str, width: int) -> bytes:
    """16 rows of width/8 bytes, the left pixel in the highest bit."""
    picture = Image.new("L", (width, SIZE))
    ImageDraw.Draw(picture).text((0, _BASELINE), letter, fill=255, font=face, anchor="ls")
    return picture.point(lambda level: 255 if level >= _INK else 0).convert("1").tobytes()


def build(font: Path | None = None, characters: Iterable[str] | None = None, words: Mapping[str, str] = WORDS) -> bytes:
    """The file. Without `characters` it has all of GB 2312; those of the words are always there. Raises FontError."""
    face = _face(font or installed_font())
    wanted = set(gb2312() if characters is None else characters).union(*words.values())
    letters = sorted(letter for letter in wanted if 127 <= ord(letter) < 0x10000)
    content = MAGIC + len(letters).to_bytes(2, "big") + len(words).to_bytes(2, "big")
    content += b"".join(glyph(face, chr(code), SIZE // 2) for code in _ASCII)
    content += b"".join(ord(letter).to_bytes(2, "big") for letter in letters)
    content += b"".join(glyph(face, letter, SIZE) for letter in letters)
    return content + _dictionary(words)


def _dictionary(words: Mapping[str, str]) -> bytes:
    index, texts = b"", b""
    by_key = {crc32(english.encode()): chinese.encode() for english, chinese in words.items()}
    if len(by_key) != len(words):
        raise FontError("two words have the same CRC-32: change one of them")
    for key in sorted(by_key):
        index += key.to_bytes(4, "big") + len(texts).to_bytes(2, "big") + len(by_key[key]).to_bytes(2, "big")
        texts += by_key[key]
    return index + texts
