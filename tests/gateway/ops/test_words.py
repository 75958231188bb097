"""Words for people: complete in both languages, and every finding can be said."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from gateway.ops.findings import Level, bad
from gateway.ops.judge import judge
from gateway.ops.page import render
from gateway.ops.words import LANGUAGES, duration, en, listed, say, size, zh
from gateway.pulse.latency import HOPS, Latency
from runtime.histogram import BOUNDS_S, Histogram
from tests.gateway.ops.pictures import latency, overview

CODE = Path(__file__).resolve().parents[3] / "gateway"
TABLES = ("TOPICS", "FINDINGS", "PAGE", "HOPS", "KINDS")


@pytest.mark.parametrize("table", TABLES)
def test_both_languages_have_the_same_keys(table: str) -> None:
    """A text in one language only is a hole in the page."""
    assert list(getattr(zh, table)) == list(getattr(en, table))


def test_both_languages_say_the_same_facts() -> None:
    """The same places for facts, and something to do wherever something is wrong."""
    assert set(HOPS) == set(zh.HOPS)
    for code, chinese in zh.FINDINGS.items():
        english = en.FINDINGS[code]
        assert len(chinese) == len(english), code
        assert len(chinese) in (1, 3), code
        for one, other in zip(chinese, english, strict=True):
            assert sorted(re.findall(r"{\w+}", one)) == sorted(re.findall(r"{\w+}", other)), code


def test_every_code_that_is_found_has_words_and_every_word_is_used() -> None:
    """The codes of the source and the codes of the texts are one set."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py") if "words" not in path.parts)
    missing = {code for code in zh.FINDINGS if f'"{code}"' not in source}

    assert not missing


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_is_wrong_is_said_with_meaning_and_remedy(lang: str) -> None:
    """Of a gateway with everything at once."""
    for finding in judge(overview(ill=True)):
        said = say(finding, lang)
        assert said.what
        assert bool(said.means and said.do) == (finding.level is not Level.GOOD), finding.code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_from_outside_are_text_in_the_page(lang: str) -> None:
    """A place of the site file that looks like markup."""
    seen = overview(ill=True)
    rows = [{**seen.durable.endpoints[2], "place": "<b>&"}]
    object.__setattr__(seen.durable, "endpoints", tuple(rows))

    assert "<b>&" not in render(seen, Latency(), lang)


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0 秒", "0 s"),
        (59.9, "59 秒", "59 s"),
        (60, "1 分钟", "1 min"),
        (7200, "2 小时", "2 h"),
        (172_800, "2 天", "2 days"),
    ],
)
def test_durations(seconds: float, chinese: str, english: str) -> None:
    """In the largest unit that still says something."""
    assert (duration(seconds, zh), duration(seconds, en)) == (chinese, english)


def test_lists_and_sizes() -> None:
    """A long list is cut and says so."""
    words: ModuleType = en
    assert listed("abc", words) == "a, b, c"
    assert listed("abcdefg", words) == "a, b, c, d, e and more"
    assert [size(count) for count in (0, 999, 1_000_000, 7_200_000_000)] == ["0 B", "999 B", "1 MB", "7.2 GB"]


def test_a_histogram_names_bounds_and_the_worst() -> None:
    """Counts by bound; a share is told by the bound that it does not exceed, never above the worst."""
    histogram = Histogram()
    assert histogram.below_s(0.5) is None
    for seconds in (0.001, 0.02, 0.02, 0.02, 200.0, -5.0):
        histogram.observe(seconds)

    assert (histogram.count, len(histogram.counts)) == (6, len(BOUNDS_S) + 1)
    assert (histogram.below_s(0.5), histogram.below_s(0.99)) == (0.025, 200.0)


def test_facts_that_are_text_keys_are_put_into_words() -> None:
    """The consequence of a broker depends on which of the two it is."""
    finding = bad("site_broker", "broker_refused", address="a:1", consequence="SITE_AWAY", remedy="START_SITE_BROKER")

    assert say(finding, "zh").means == zh.SITE_AWAY
    assert say(finding, "en").do == en.START_SITE_BROKER


def test_the_page_names_what_is_wrong_first() -> None:
    """The worst before the rest, in both themes the same page."""
    html = render(overview(ill=True), latency(), "en")

    assert html.index("1 of 8 offline") < html.index("only 600 MB") < html.index("all checks")
    assert render(overview(ill=False), latency(), "zh").count('class="finding') == 0
