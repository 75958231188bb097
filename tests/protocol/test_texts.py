"""Half a character in a JSON document."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PayloadError
from protocol.texts import check_whole


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=12))
def test_what_can_be_written_down_passes_and_nothing_else(text: str) -> None:
    """Whole pairs, Chinese, backslashes before a u: all are text. Half a pair is not."""
    document = json.dumps({"note": text}).encode()
    try:
        json.loads(document)["note"].encode()
    except UnicodeEncodeError:
        with pytest.raises(PayloadError):
            check_whole(document)
    else:
        check_whole(document)


@pytest.mark.parametrize("document", [rb'"\\ud800"', rb'"\ud83d\ude00"', rb'"\uD83D\uDE00"', rb'"\\\\ud800"', b"\xff"])
def test_what_only_looks_like_half(document: bytes) -> None:
    """An escaped backslash, an emoji."""
    check_whole(document)


@pytest.mark.parametrize("document", [rb'"\ud800"', rb'"\ude00\ud83d"', rb'"\\\ud800"', rb'"\uDfff"'])
def test_halves(document: bytes) -> None:
    """Also in the wrong order, also behind a backslash."""
    with pytest.raises(PayloadError, match="surrogate"):
        check_whole(document)
