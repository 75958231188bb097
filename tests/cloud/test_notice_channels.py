"""Channels to the outside against real receivers; and notices.toml, whose secrets are never repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloud.notices.by_apprise import ByApprise
from cloud.notices.channel import Letter, NotDelivered, Unreachable
from cloud.notices.ways import Outside, Ways, load_ways, ways_from_table
from domain.people import Person
from runtime.settings import SettingsError
from tests.cloud.receivers import http_receiver, mail_receiver

LETTER = Letter(
    title="【确认火警】3号楼",
    body="新事件，请受理。",
    contacts={"mail": "lin@example.cn", "mobile": "13900001111"},
)
SECRET = "geheim-4711"


def by(url: str, timeout_s: int = 5) -> ByApprise:
    """The channel of a URL."""
    return ByApprise(Outside(name="x", url=url, timeout_s=timeout_s))


def test_an_http_service_gets_title_text_and_number() -> None:
    """An SMS gateway that takes JSON; WeCom, DingTalk and Feishu differ by their URL only."""
    with http_receiver() as receiver:
        by(f"json://{receiver.url}/sms?:to={{mobile}}").send(LETTER)

    [(path, _, body)] = receiver.got
    said = json.loads(body)
    assert path == "/sms"
    assert (said["title"], said["message"], said["to"]) == ("【确认火警】3号楼", "新事件，请受理。", "13900001111")


def test_a_mail_server_gets_a_mail(free_port: int) -> None:
    with mail_receiver(free_port) as receiver:
        by(f"mailto://127.0.0.1:{free_port}?from=centre@example.cn&to={{mail}}&mode=insecure").send(LETTER)

    [(to, mail)] = receiver.got
    body = mail.get_body()
    assert to == ["lin@example.cn"]
    assert mail["Subject"] == "【确认火警】3号楼"
    assert body is not None
    assert "新事件，请受理。" in body.get_content()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_refusal_says_why_and_nothing_secret(status: int) -> None:
    with http_receiver() as receiver:
        receiver.answers = [status]
        with pytest.raises(NotDelivered) as refused:
            by(f"json://duty:{SECRET}@{receiver.url}/{SECRET}?:to={{mobile}}").send(LETTER)

    assert str(status) in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "13900001111" not in str(refused.value)


def test_a_server_that_is_away_or_slow_is_a_failure_in_time(free_port: int) -> None:
    with pytest.raises(NotDelivered) as refused:
        by(f"json://duty:{SECRET}@127.0.0.1:{free_port}/{SECRET}").send(LETTER)

    assert SECRET not in str(refused.value)


def test_a_mailbox_that_does_not_exist_is_a_failure(free_port: int) -> None:
    with mail_receiver(free_port) as receiver:
        receiver.refuse.add("lin@example.cn")
        with pytest.raises(NotDelivered) as refused:
            by(f"mailto://127.0.0.1:{free_port}?from=centre@example.cn&to={{mail}}&mode=insecure").send(LETTER)

    assert "lin@example.cn" not in str(refused.value)


def test_who_has_no_number_cannot_be_reached() -> None:
    with pytest.raises(Unreachable, match="no phone known"):
        by("json://127.0.0.1/{phone}").send(LETTER)


def test_an_address_cannot_break_out_of_the_url() -> None:
    """What a person enters as a number is data, whatever it looks like."""
    with http_receiver() as receiver:
        odd = Letter(title="t", body="b", contacts={"mobile": "1@evil.example/?:x=1&"})
        by(f"json://{receiver.url}/sms?:to={{mobile}}").send(odd)

    [(path, _, body)] = receiver.got
    assert path == "/sms"
    assert json.loads(body)["to"] == "1@evil.example/?:x=1&"


@pytest.mark.parametrize(
    "url",
    [
        "wecombot://0123abcd-0123-0123-0123-0123456789ab",
        "dingtalk://secret@0123456789abcdef/{mobile}",
        "feishu://0123456789abcdef0123",
        "mailtos://user:password@smtp.example.cn?to={mail}",
    ],
)
def test_the_services_of_the_documents_are_known(url: str) -> None:
    """Nothing is sent: apprise has to know the service and to take the URL."""
    by(url)


def test_a_service_that_nobody_knows_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"\[channels.x\]") as refused:
        by(f"carrierpigeon://{SECRET}")
    assert SECRET not in str(refused.value)


def test_without_a_file_people_are_told_by_page_and_handheld(tmp_path: Path) -> None:
    ways = load_ways(tmp_path / "notices.toml")

    assert ways == Ways()
    assert ways.rule_for(_person("grid_worker")).channels == ("console", "handheld")


def test_the_first_rule_that_fits_decides() -> None:
    ways = ways_from_table(
        {
            "channels": {"sms": {"url": "json://a/{mobile}"}, "group": {"url": "wecombot://key"}},
            "rules": [
                {"people": ["lin"], "channels": ["sms"], "quiet": "22:00-07:00"},
                {"roles": ["street_operator"], "channels": ["console", "group"], "language": "en"},
            ],
        }
    )

    assert ways.rule_for(_person("grid_worker", "lin")).channels == ("sms",)
    assert ways.rule_for(_person("street_operator")).language == "en"
    assert ways.rule_for(_person("grid_worker")).channels == ("console", "handheld")
    assert ways.rule_for(None).channels == ("console",)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"chanels": {}}, "unknown chanels"),
        ({"channels": {"SMS": {"url": "json://a"}}}, r"\[channels.SMS\]"),
        ({"channels": {"console": {"url": "json://a"}}}, r"\[channels.console\]"),
        ({"channels": {"sms": {"url": SECRET}}}, "url must be"),
        ({"channels": {"sms": {"url": "json://a/{shoe}"}}}, "no contact is called shoe"),
        ({"channels": {"sms": {"url": "json://a", "timeout_s": 600}}}, "timeout_s"),
        ({"rules": [{"channels": ["pigeon"]}]}, r"\[\[rules\]\] 1.*pigeon"),
        ({"rules": [{"channels": []}]}, "channels must name"),
        ({"rules": [{"channels": ["console"], "quiet": "late"}]}, "quiet 'late'"),
        ({"rules": [{"channels": ["console"], "language": "de"}]}, "language"),
        ({"policy": {"storm_free": 0}}, "storm_free"),
        ({"policy": {"patience": 1}}, "unknown patience"),
    ],
)
def test_a_mistake_names_its_place(table: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        ways_from_table(table)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", ["[channels", "channels = 3", 'rules = ["x"]'])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notices.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"notices\.toml"):
        load_ways(path)


def _person(role: str, name: str = "he") -> Person:
    return Person(id=name, name=name, role=role, area="a")
