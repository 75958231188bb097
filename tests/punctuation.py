"""Half-width signs that stand in Chinese text: where they are, and what they ought to be."""

from __future__ import annotations

import re

FULL = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！", "(": "（", ")": "）"}
_HAN = r"[\u3400-\u9fff，。：；（）、“”‘’！？》《\ue000]"
PLACE = "\ue000"  # stands for a value that is put in: text of the same language
_NEAR = re.compile(rf"(?<={_HAN})[,:;?!()]|[,:;?!()](?={_HAN})")
_BETWEEN = re.compile(rf"(?<={_HAN})[,:;?!](?={_HAN}|[`'\"\[]|$)|[,:;?!](?={_HAN})|(?<={_HAN})\((?!\s)|\)(?={_HAN})")
_PLACED = re.compile(rf"(?<={PLACE})[,:;]\s+(?={PLACE})|(?<={PLACE})[,:;?!]\s?$")
_CODE = re.compile(r"`[^`]*`|\[[^\]]*, [^\]]*\]|(?<=\])\([^)\s]*\)|https?://\S+|\\.")


def wrong_in_chinese(text: str) -> list[int]:
    """Where a text that is Chinese throughout has a half-width sign beside a Chinese one or a value."""
    return _all(text, (_NEAR, _PLACED))


def wrong_among_both(text: str) -> list[int]:
    """The same for a line with English in it, where `fire (火警), and` is right; code and addresses are left out."""
    bare = _CODE.sub(lambda m: "x" * len(m[0]), text)
    return _all(bare, (_BETWEEN,))


def wrong_in_chinese_part(text: str) -> list[int]:
    """The same for what programs say, `中文 / English`: its Chinese reads as Chinese, also beside a value or a name."""
    found = []
    for part in re.finditer(r"(?:(?! / | · |\n).)+", _CODE.sub(lambda m: "x" * len(m[0]), text)):
        han = [at for at in range(part.start(), part.end()) if "\u3400" <= text[at] <= "\u9fff"]
        if han:
            alone = not re.search("[A-Za-z]{2}", text[part.start() : han[0]])  # nothing English is said before it
            said = part[0][han[0] - part.start() : han[-1] - part.start() + 1 + alone]
            found += [han[0] + at for at in _all(said, (_NEAR, _PLACED))]
    return found


def mended(text: str, places: list[int]) -> str:
    """The text with full-width signs there, which bring their own air."""
    letters = list(text)
    for at in places:
        letters[at] = FULL[letters[at]]
        for beside in (at - 1 if text[at] == "(" else at + 1,):
            if 0 <= beside < len(letters) and letters[beside] == " ":
                letters[beside] = ""
    return "".join(letters)


def _all(text: str, signs: tuple[re.Pattern[str], ...]) -> list[int]:
    """Until nothing more follows: beside a bracket that became full-width a comma is one too."""
    found: set[int] = set()
    while True:
        letters = "".join(FULL[letter] if at in found else letter for at, letter in enumerate(text))
        more = set(_paired(letters, {match.start() for sign in signs for match in sign.finditer(letters)}))
        if not more - found:
            return sorted(found)
        found |= more


def _paired(text: str, places: set[int]) -> list[int]:
    """A bracket is full-width where its partner is."""
    open_at: list[int] = []
    for at, letter in enumerate(text):
        if letter == "(":
            open_at.append(at)
        elif letter == ")" and open_at:
            pair = {open_at.pop(), at}
            if pair & places:
                places |= pair
        elif letter == "）" and open_at:
            places.add(open_at.pop())
    return sorted(at for at in places if text[at] in FULL)
