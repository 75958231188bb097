"""Chinese sentences carry full-width signs, in texts, templates, programs of the centre and docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.console.texts import LANGUAGES
from tests.punctuation import PLACE, mended, wrong_among_both, wrong_in_chinese, wrong_in_chinese_part

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "cloud" / "console"
HAN = re.compile(r"[\u3400-\u9fff]")
PROGRAMS = ("cloud", "domain", "firmware", "gateway", "hardware", "protocol", "runtime", "scripts", "simulators")
SAMPLES = ("cloud/config", "firmware/kit", "gateway/config", "hardware", "simulators/scenarios")
READ_IN = {"cells.py", "frame.py"}  # patterns of what people may write, and words of an address
SPOKEN_TO_EYES = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*)"')
INLINE = re.compile(r"</?(?:b|span|i|strong|em|a|kbd|code|svg)\b[^>]*>")


def told(found: list[tuple[str, str]]) -> str:
    """For who broke it: where, and what it should be."""
    return "\n".join(f"{where}: {text}" for where, text in found)


def test_every_chinese_text_of_the_console() -> None:
    wrong = []
    for key, text in LANGUAGES["zh"].items():
        masked = re.sub(r"\{\w*\}", lambda at: PLACE * len(at[0]), text)
        if HAN.search(text) and (places := wrong_in_chinese(masked)):
            wrong.append((key, mended(text, places)))
    assert not wrong, told(wrong)


def test_no_template_puts_a_sign_of_its_own_between_two_values() -> None:
    wrong = [
        (str(path.relative_to(CONSOLE)), piece.replace(PLACE, "{…}").strip()[:80])
        for path in sorted((CONSOLE / "templates").rglob("*.html"))
        for piece in pieces(path.read_text(encoding="utf-8"))
        if wrong_in_chinese(piece)
    ]
    assert not wrong, f'write t("sep.colon") or t("in.brackets", text=…):\n{told(wrong)}'


def pieces(template: str) -> Iterator[str]:
    """What a reader sees or hears in one go, values as one sign."""
    bare = re.sub(r"\{#.*?#\}|<script.*?</script>", "", template, flags=re.DOTALL)
    for literal in re.findall(r"""~ ?(?:"([^"]*)"|'([^']*)')|join\("([^"]*)"\)""", bare):
        sign = "".join(literal)
        if sign.strip() and set(sign) <= set(" ,:;?!()"):
            yield PLACE + sign + PLACE
    bare = re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", PLACE, bare, flags=re.DOTALL), flags=re.DOTALL)
    yield from SPOKEN_TO_EYES.findall(bare)
    for line in INLINE.sub("", bare).split("\n"):
        yield from re.split(r"<[^>]*>", line)


def test_no_script_puts_a_sign_of_its_own_between_two_values() -> None:
    signs = re.compile(r"\}[:;,] (?:\$\{|`)|`[:;,] \$\{|` \(\$\{|join\(\"[;,] \"\)|[\u3400-\u9fff]")
    wrong = [
        (f"{path.name}:{number}", line.strip()[:100])
        for path in sorted((CONSOLE / "static").glob("*.js"))
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if signs.search(line)
    ]
    assert not wrong, f'write gw.words["sep.colon"] or gw.say("in.brackets", …):\n{told(wrong)}'


@pytest.mark.parametrize("room", PROGRAMS)
def test_every_chinese_text_of_the_programs(room: str) -> None:
    """What they print, log and answer, and the names of what they show."""
    wrong = [
        (f"{path.relative_to(ROOT)}:{line}", mended(text, places)[:100])
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name not in READ_IN and HAN.search(source := path.read_text(encoding="utf-8"))
        for line, text in strings(source)
        if HAN.search(text) and (places := wrong_in_chinese_part(text))
    ]
    assert not wrong, told(wrong)


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Every string that is no docstring, values that are put in as one sign."""
    tree = ast.parse(source)
    inside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(value) for value in node.values}
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else PLACE for part in node.values),
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, re.sub(r"\{\w+\}", PLACE, node.value) if HAN.search(node.value) else node.value


def test_every_chinese_text_of_the_samples() -> None:
    """They are shown; what follows a # is English with words of Chinese."""
    wrong = [
        (f"{path.name}:{number}", mended(text, wrong_among_both(text)))
        for folder in SAMPLES
        for path in sorted((ROOT / folder).rglob("*.toml"))
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        for text in re.findall(r'"([^"]*)"', line.partition(" # ")[0])
        if not line.startswith("#") and wrong_among_both(text)
    ]
    assert not wrong, told(wrong)


def test_every_chinese_sentence_of_the_docs() -> None:
    wrong = []
    for path in (*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))):
        code = False
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            code ^= line.lstrip().startswith("```")
            if not code and (places := wrong_among_both(line)):
                said = mended(line, places)
                wrong += [(f"{path.name}:{number}", said[max(0, at - 12) : at + 12]) for at in places]
    assert not wrong, told(wrong)


def test_what_is_right_stays() -> None:
    for right in (
        "a fire (火警), and",
        "（12:30）",
        "见 `a,b`，再说",
        "fire (疑似火警):",
        "1,000 件",
        "read 困人; latched",
    ):
        assert wrong_among_both(right) == []
        assert wrong_in_chinese_part(right) == []
    for wrong in (
        "采样已停止,Ctrl-D 重新启动 / stopped, go on",
        f"自 {PLACE},{PLACE}，已受理",
        "没有字体:请安装 fonts / no font",
    ):
        assert wrong_in_chinese_part(wrong)
    assert mended("还剩(约 3 分), 请看", wrong_in_chinese("还剩(约 3 分), 请看")) == "还剩（约 3 分），请看"
