"""What a technician is told when something fails: what happened, what it means, what to do, in Chinese and English."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")
_WORDS = {"zh": ("现象：", "含义：", "处理："), "en": ("what: ", "means: ", "do: ")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Three plain sentences in one language."""

    what: str
    means: str
    do: str


class KitError(Exception):
    """A failure a technician meets. `code` stands in advice.toml; `detail` is what the machine said, never a secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@cache
def advices() -> dict[str, dict[str, Advice]]:
    """Code -> language -> advice."""
    table = tomllib.loads((Path(__file__).parent / "advice.toml").read_text(encoding="utf-8"))
    return {code: {name: Advice(**entry[name]) for name in LANGUAGES} for code, entry in table.items()}


def told(error: KitError) -> str:
    """The whole advice in both languages, for the terminal."""
    lines = [f"[{error.code}] {error.detail}".rstrip()]
    for language, advice in advices()[error.code].items():
        sentences = (advice.what, advice.means, advice.do)
        lines += [f"  {word}{line}" for word, line in zip(_WORDS[language], sentences, strict=True)]
    return "\n".join(lines)
