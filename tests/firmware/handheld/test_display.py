"""What the display shows, pixel by pixel: the driver's bytes into the model of an ST7789, and the font file."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import handheld_draw, handheld_settings, handheld_terminal
from firmware.device.drivers import screen_file as screen_file_module
from firmware.device.drivers import st7789
from firmware.device.drivers.screen_file import ScreenFile, cut
from firmware.kit import font
from firmware.kit.screen_words import WORDS
from simulators.virtual_board.parts.handheld import SIDE, Display
from tests.firmware.handheld import terminal_cases
from tests.firmware.handheld.reading import Reader
from tests.firmware.handheld.test_terminal import Aes

CHARACTERS = "三单元2层楼梯间有烟雾,请到现场确认并疏散住户"


class Wire:
    """SPI and pins straight into the model."""

    def __init__(self, display: Display) -> None:
        self._display = display

    def write(self, data: bytes) -> None:
        self._display.write(bytes(data))

    def pin(self, net: str) -> Any:
        display = self._display

        class Pin:
            def value(self, level: int) -> None:
                display.set(net, level)

        return Pin()


@pytest.fixture(scope="module")
def screen_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the characters of these tests only."""
    try:
        content = font.build(characters=CHARACTERS)
    except font.FontError:
        pytest.skip("needs a font with Chinese (Debian package fonts-noto-cjk)")
    path = tmp_path_factory.mktemp("font") / "screen.bin"
    path.write_bytes(content)
    return path


async def no_sleep(_ms: int) -> None:
    """Time does not matter here."""


async def started() -> tuple[Display, st7789.ST7789]:
    """A display that is on and lit."""
    model = Display()
    wire = Wire(model)
    driver = st7789.ST7789(wire, *[wire.pin(net) for net in ("cs", "dc", "rst")])
    await driver.begin(no_sleep)
    model.lit = True
    return model, driver


async def test_a_line_is_where_it_belongs(screen_file: Path) -> None:
    """Twelve lines fill 240 rows; each has the colours of its style and the bits of its text."""
    model, driver = await started()
    words = ScreenFile(str(screen_file))
    for line in range(12):
        driver.draw(line, f"{line} 楼梯", 1 if line == 3 else 0, words.bits)

    assert b"\x5a\x5a" not in bytes(model.memory)
    reader = Reader(screen_file)
    assert [f"{line} 楼梯" for line in range(12)] == reader.lines(model)
    assert st7789._STYLES[4:6] == bytes(model.memory[3 * 20 * SIDE * 2 :][:2])


async def test_what_is_there_is_not_sent_again(screen_file: Path) -> None:
    """Forty times a second would be a waste of power."""
    model, driver = await started()
    words = ScreenFile(str(screen_file))
    driver.draw(0, "12:34", 0, words.bits)
    model.memory[:] = bytes(len(model.memory))
    driver.draw(0, "12:34", 0, words.bits)
    assert not any(model.memory)
    driver.draw(0, "12:35", 0, words.bits)

    assert any(model.memory)


def test_dark_or_off_is_black() -> None:
    """As a person sees it."""
    display = Display()
    assert display.picture().getbbox() is None
    display.on = True
    assert display.picture().getbbox() is None
    display.lit = True
    assert display.picture().getbbox() is not None


def test_every_word_of_the_screens_is_there(screen_file: Path) -> None:
    """Found by its English; nothing else is."""
    words = ScreenFile(str(screen_file))

    assert {english: words.chinese(english) for english in WORDS} == WORDS
    assert "no such word" == words.chinese("no such word")
    assert all(cut((chinese + "  ").encode()) == len((chinese + "  ").encode()) for chinese in WORDS.values()), (
        "fits on a line"
    )


def texts_of(setting: tuple[str, Any]) -> list[str]:
    """What of a setting is shown."""
    name, value = setting
    if name not in ("notes", "kinds", "places"):
        return []
    return [entry if isinstance(entry, str) else entry[1] for entry in value]


def test_every_word_of_the_firmware_has_its_chinese() -> None:
    """What the screens say, and what notices say."""
    device = Path(handheld_draw.__file__).parent
    said = {line.split(" ", 1)[1] for line in handheld_draw._TITLES.strip().splitlines()}
    for name in ("handheld_draw.py", "handheld_terminal.py", "endpoints/handheld.py"):
        for node in ast.walk(ast.parse((device / name).read_text())):
            said_here = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("say", "_say", "text")
            notice = isinstance(node, ast.Assign) and any(getattr(t, "attr", "") == "notice" for t in node.targets)
            if said_here or notice:
                said |= {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    said = {text for text in said if isinstance(text, str) and re.search("[a-z]{2}", text)}
    said |= {*handheld_terminal._MENU, *handheld_terminal._URGENCIES, *sum(handheld_terminal._STEPS.values(), ())}
    said |= {handheld_terminal._KEPT, *handheld_terminal._STEPS, "on duty", "off duty", "locked"}
    said |= {text for pairs in handheld_settings.check({}).items() for text in texts_of(pairs)}

    assert len(said) > 30
    assert {"gone", "kind", "severity", "state", "urgency"} == said - set(WORDS), "keys of facts, not texts"


def test_a_missing_glyph_is_a_box(screen_file: Path) -> None:
    """Not a gap: a name with a hole would be another name."""
    words = ScreenFile(str(screen_file))
    box = words.bits("囍")

    assert any(box)
    assert box == words.bits("\U00020000")
    assert box != words.bits("楼")


@pytest.mark.parametrize("content", [b"", b"GWF1", b"GWF2\0\0\0\0", None])
def test_no_usable_file_means_english(tmp_path: Path, content: bytes | None) -> None:
    """The terminal stays usable."""
    path = tmp_path / "screen.bin"
    if content is not None:
        path.write_bytes(content)
    words = ScreenFile(str(path))

    assert "log on" == words.chinese("log on")


@pytest.mark.parametrize(
    ("text", "fits"), [("abc", 3), ("", 0), ("楼" * 20, 45), ("a" + "楼" * 20, 43), ("a" * 40, 30), ("é" * 20, 30)]
)
def test_cut(text: str, fits: int) -> None:
    """A Chinese character takes two cells of thirty, and is never halved."""
    assert fits == cut(text.encode())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_code_points(text: str) -> None:
    """As Python decodes them; beyond the font's 16 bits they are all alike."""
    for letter in text:
        data = letter.encode()
        assert len(data) == screen_file_module._size(data[0])
        assert min(ord(letter), 0x10000) == screen_file_module._code(data)


def test_gb2312_is_complete() -> None:
    """6763 Chinese characters and 682 symbols (GB/T 2312-1980)."""
    characters = font.gb2312()

    assert 6763 == sum("\u4e00" <= character <= "\u9fff" for character in characters)
    assert 682 + 6763 == len(set(characters))


def test_no_font_says_what_to_do(tmp_path: Path) -> None:
    """In both languages."""
    broken = tmp_path / "x.ttf"
    broken.write_bytes(b"nonsense")
    with pytest.raises(font.FontError, match="不是字体文件 / not a font"):
        font.build(broken)


async def test_every_screen_draws(screen_file: Path, tmp_path: Path) -> None:
    """With and without things to show, in both languages; titles and texts are read off the pixels."""
    model, driver = await started()
    reader, words = Reader(screen_file), ScreenFile(str(screen_file))
    bench = terminal_cases.Bench(str(tmp_path), Aes)
    drawer = handheld_draw.Drawer(driver, words, bench.terminal, lambda: None)

    def seen() -> list[str]:
        drawer.draw("12:34 在线", bench.now_ms)
        return reader.lines(model)

    assert [" 登录", " 密码：上下键选数，确认"] == seen()[1:3]
    bench.press("up*3 ok up")
    assert "   * 1 _ _" == seen()[4]
    bench.press("back down*3")
    bench.log_on()
    assert " 任务 0" == seen()[2]
    bench.press("ok")
    assert " 无" == seen()[2]
    bench.terminal.took(
        terminal_cases.task(place="三单元楼梯", deadline_ms=terminal_cases.HERE[2]) | {"text": CHARACTERS}
    )
    assert "*火警 三单元楼梯" == seen()[2]
    bench.press("ok")
    assert [" 火警", "紧急 限 13:11", "待接单", "三单元楼梯", CHARACTERS[:16]] == seen()[1:6]
    bench.press("ok")
    assert [" 请选择", " 接单", " 退单"] == seen()[1:4]
    bench.terminal.settings = bench.terminal.settings | {"language": "en"}
    assert [" what now?", " accepted", " declined"] == seen()[1:4]
    bench.press("sos")
    assert "             SOS" == seen()[2]
    bench.terminal.feed("revoke")
    assert ["", *[" revoked" if line == 1 else "" for line in range(1, 12)]] == ["", *seen()[1:]]
