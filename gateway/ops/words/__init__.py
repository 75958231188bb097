"""Words for findings, the same keys in both languages, and how facts become text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType

from gateway.ops.findings import Finding
from gateway.ops.words import en, zh

LANGUAGES: dict[str, ModuleType] = {"zh": zh, "en": en}
NAMED = 5  # of a long list
_STEPS = ((60, 1), (3600, 60), (2 * 86_400, 3600), (float("inf"), 86_400))  # below so many seconds, counted in these


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A finding in words. `means` and `do` are empty where all is well."""

    topic: str
    what: str
    means: str = ""
    do: str = ""


def words_of(lang: str) -> ModuleType:
    """The texts of a language; Chinese for one that we do not have."""
    return LANGUAGES.get(lang, zh)


def say(finding: Finding, lang: str) -> Said:
    """In one language. Facts that are times, lists or names of texts are put into words."""
    words = words_of(lang)
    facts = {name: _fact(words, name, value) for name, value in finding.facts.items()}
    texts = [text.format_map(facts) for text in words.FINDINGS[finding.code]]
    what, means, do = (*texts, "", "")[:3]
    return Said(topic=words.TOPICS[finding.topic], what=what, means=means, do=do)


def _fact(words: ModuleType, name: str, value: object) -> str:
    if name == "age":
        return duration(float(str(value)), words)
    if name in ("consequence", "remedy"):
        return str(getattr(words, str(value)))
    if isinstance(value, tuple):
        return listed(value, words)
    return str(value)


def duration(seconds: float, words: ModuleType) -> str:
    """Like 35 min, in the largest unit that still says something."""
    for unit, (below_s, counted_s) in zip(words.UNITS, _STEPS, strict=True):
        if seconds < below_s:
            return f"{max(0, int(seconds / counted_s))} {unit}"
    raise ValueError(seconds)


def listed(names: Iterable[str], words: ModuleType) -> str:
    """A few names, and whether there are more."""
    all_names = [str(name) for name in names]
    more = words.AND_MORE if len(all_names) > NAMED else ""
    return str(words.BETWEEN.join(all_names[:NAMED]) + more)


def size(count: float) -> str:
    """Bytes as people say them."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
