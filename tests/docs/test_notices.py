"""docs/notices.md says what the code does: states, reasons, policy, example, signature."""

from __future__ import annotations

import hashlib
import hmac
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from cloud.console.texts import LANGUAGES
from cloud.notices.by_apprise import ByApprise
from cloud.notices.handheld import NOT_RECEIVED
from cloud.notices.post import NEWER, OFF_DUTY, SLACK_S, STORM
from cloud.notices.spread import QUIET, SETTLED
from cloud.notices.ways import OURS, Outside, ways_from_table
from cloud.notices.webhooks.desk import WEBHOOKS_MAX
from cloud.notices.webhooks.feed import ACTIVE, BATCH, FAILING, STOPPED
from cloud.notices.webhooks.wire import CONTENT_TYPE, SIGNATURE, TIMESTAMP, WEBHOOK, sign
from domain.notices import NoticePolicy, NoticeState
from domain.people import CONTACTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
EXAMPLE = tomllib.loads(PAGE.split("```toml\n")[1].split("```")[0])


@pytest.mark.parametrize("state", list(NoticeState))
def test_every_state_is_explained_in_the_words_of_the_page(state: NoticeState) -> None:
    assert f"| `{state}` | {LANGUAGES['zh'][f'notice.{state}']} |" in PAGE
    assert f"notice.{state}" in LANGUAGES["en"]


@pytest.mark.parametrize("reason", [SETTLED, NEWER, OFF_DUTY, QUIET, STORM, NOT_RECEIVED])
def test_every_reason_is_explained(reason: str) -> None:
    assert f"| `{reason}` |" in PAGE
    assert all(f"unsaid.{reason}" in words for words in LANGUAGES.values())


@pytest.mark.parametrize("name", [field.name for field in fields(NoticePolicy)])
def test_every_field_of_the_policy_with_its_default(name: str) -> None:
    assert f"| `{name}` | {getattr(NoticePolicy(), name)} |" in PAGE


def test_the_example_is_accepted() -> None:
    ways = ways_from_table(EXAMPLE)

    assert [way.name for way in ways.outside] == ["mail", "sms", "group"]
    for way in ways.outside:
        ByApprise(way)
    assert all(f"`{name}`" in PAGE for name in OURS)
    assert all(f"{{{name}}}" in PAGE for name in CONTACTS)


@pytest.mark.parametrize("url", re.findall(r"^\| [^|]+ \| `(\w+://[^`]+)` \|$", PAGE, re.MULTILINE))
def test_every_service_is_known(url: str) -> None:
    values = {"KEY": "0123abcd-0123-0123-0123-0123456789ab", "TOKEN": "0123456789abcdef", "…": "a@example.cn"}
    for name, value in {**values, "HOST": "a.example.cn", "FIELD": "to"}.items():
        url = url.replace(name, value)
    ByApprise(Outside(name="x", url=url))


def test_how_long_a_claim_holds() -> None:
    assert f"plus {SLACK_S} s" in PAGE


def test_webhooks_are_as_the_page_says() -> None:
    for word in (ACTIVE, FAILING, STOPPED, WEBHOOK, TIMESTAMP, SIGNATURE):
        assert f"`{word}`" in PAGE
    assert f"up to {BATCH} CloudEvents" in PAGE
    assert f"At most {WEBHOOKS_MAX} webhooks" in PAGE
    assert CONTENT_TYPE.split(";")[0] in PAGE


def test_the_receiver_of_the_page_checks_a_signature() -> None:
    code = PAGE.split("```python\n")[1].split("```")[0]
    known = {
        "hmac": hmac, "hashlib": hashlib, "secret": "s", "timestamp": "17", "body": b"[]",
        "signature": sign("s", 17, b"[]"),
    }  # fmt: skip
    exec(code, known)  # noqa: S102 - our own page

    assert known["genuine"] is True
