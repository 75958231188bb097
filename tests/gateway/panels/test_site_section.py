"""`[[adapters]]` of the site file: what it means, and what a person is told who got it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site_file.gb26875_section import Listening, PanelMember
from gateway.site_file.reader import SiteError
from gateway.site_file.site import load
from tests.gateway.panels.conftest import Site


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good site file with two panels, of addresses 889 and 890."""
    return Site(tmp_path, 1883).file


def test_panels_are_members_and_no_endpoints(file: Path) -> None:
    """They have a place and a grid; our own boards are apart."""
    site = load(file)

    assert site.devices == ["fire-a", "panel-a", "panel-b"]
    member = site.member("panel-a")
    assert member is not None
    assert (member.kind, member.place, member.grid) == ("panel", "1号楼消控室", "110105001001001")
    assert (list(site.endpoints), site.member("nobody")) == (["fire-a"], None)
    assert site.adapters[0].listening == Listening(
        kind="gb26875", host="127.0.0.1", tcp_port=site.adapters[0].listening.tcp_port,
        udp_port=site.adapters[0].listening.udp_port, clear_after_s=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "gb26875"', 'kind = "modbus"', r"adapters\[1\].kind cannot be 'modbus'; known: gb26875"),
        ('kind = "gb26875"', "", r"adapters\[1\].kind cannot be None"),
        ("clear_after_s = 1", "clear_after_s = 0", r"clear_after_s must be from 0.1 to 86400"),
        ("clear_after_s = 1", "silense_s = 1", r"silense_s is unknown.*did you mean silence_s"),
        ("clear_after_s = 1", "zone_minutes = 2000", r"zone_minutes must be from -720 to 840"),
        ("clear_after_s = 1", "address = -1", r"address must fit into six bytes"),
        ('host = "127.0.0.1"\ntcp', "tcp", r"adapters\[1\].host is missing"),
        ("address = 890", "address = 889", r"panels\[2\].address is that of panel-a too; give each another address"),
        ("address = 890", 'address = 890\npeer = "here"', r"peer 'here' is no network like 192.168.3.0/24"),
        ("address = 890", "address = 281474976710656", r"address must fit into six bytes"),
        ('device = "panel-b"', 'device = "panel-a"', r"panels\[2\].device 'panel-a' stands there twice"),
        ('device = "panel-b"', 'device = "fire-a"', r"panels\[2\].device 'fire-a' is the name of an endpoint"),
        ('device = "panel-b"', 'device = "a/b"', r"panels\[2\].device .*may have letters"),
        ('place = "2号楼消控室"', "", r"panels\[2\].place is missing"),
    ],
)  # fmt: skip
def test_every_error_names_the_place_and_the_remedy(file: Path, old: str, new: str, said: str) -> None:
    """Whatever is wrong, nothing is guessed."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))

    with pytest.raises(SiteError, match=said):
        load(file)


def test_nobody_could_speak(file: Path) -> None:
    """Neither port is given."""
    lines = [line for line in file.read_text().splitlines() if "_port" not in line]
    file.write_text("\n".join(lines))

    with pytest.raises(SiteError, match="has neither tcp_port nor udp_port; give one or both"):
        load(file)


def test_two_sections_of_one_kind(file: Path) -> None:
    """One listens for all panels of a site."""
    text = file.read_text()
    file.write_text(text + text[text.index("[[adapters]]") :].replace("panel-", "other-"))

    with pytest.raises(SiteError, match="'gb26875' stands there twice; put all into one"):
        load(file)


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        ("192.168.3.7", "a"), ("192.168.4.7", "b"), ("::ffff:192.168.4.7", "b"), ("10.0.0.1", None),
        ("fe80::1%eth0", None),
    ],
)  # fmt: skip
def test_two_of_one_address_are_told_apart_by_their_network(file: Path, peer: str, found: str | None) -> None:
    """Factories ship them all with the same one."""
    text = file.read_text().replace("address = 890", 'address = 889\npeer = "192.168.4.0/24"')
    file.write_text(text.replace("address = 889\n", 'address = 889\npeer = "192.168.3.0/24"\n', 1))
    panel = load(file).adapters[0].find(889, peer)

    assert (None if panel is None else panel.device) == (None if found is None else f"panel-{found}")


def test_overlapping_networks_are_not_apart(file: Path) -> None:
    """Then nobody could say who speaks."""
    text = file.read_text().replace("address = 890", 'address = 889\npeer = "192.168.3.128/25"')
    file.write_text(text.replace("address = 889\n", 'address = 889\npeer = "192.168.3.0/24"\n', 1))

    with pytest.raises(SiteError, match="is that of panel-a too"):
        load(file)


def test_a_panel_without_a_network_may_speak_from_anywhere() -> None:
    """The usual case."""
    assert PanelMember(device="p", place="x", grid="1", address=1).network is None
