"""The site file: what it means, and what a person is told who got it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.site_file.reader import SiteError
from gateway.site_file.site import load
from tests.gateway.site import write_site


def test_a_good_file(tmp_path: Path) -> None:
    """Endpoints by device, rules with their overrides."""
    path = write_site(tmp_path, 1883, ("fire-a", "fire-b"))
    path.write_text(path.read_text() + "\n[rules.fire]\nsmoke_raise_per_m = 0.03\n")

    site = load(path)

    assert (site.site, site.gateway, site.site_broker.port) == ("chunfeng", "gw-chunfeng", 1883)
    assert [member.place for member in site.endpoints.values()] == ["Room fire-a", "Room fire-b"]
    assert (site.fire.smoke_raise_per_m, site.fire.temp_raise_c) == (0.03, 57.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('gateway = "gw-chunfeng"', "", "gateway is missing; add it"),
        ('gateway = "gw-chunfeng"', "gateway = 7", "line 2: gateway cannot be 7; write text in quotes"),
        ('gateway = "gw-chunfeng"', 'gateway = "a/b"', "letters, digits"),
        ('gateway = "gw-chunfeng"', 'gateway = "fire-a"', "has the name of an endpoint"),
        ('gateway = "gw-chunfeng"', 'gateway = "gw', "is not TOML: .*line 2"),
        ('gateway = "gw-chunfeng"', 'gateway = "gw"\ngatway = 1', "line 3: gatway is unknown; known here: .*gateway"),
        ("port = 1883", "prot = 1883", r"_broker.prot is unknown; known here: host, port"),
        ("port = 1883", 'port = "x"', "port cannot be 'x'; write a whole number"),
        ("port = 1883", "port = true", "port cannot be True"),
        ('kind = "fire"', "", r"endpoints\[1\].kind is missing"),
        (
            'kind = "fire"',
            'kind = "fir"',
            r"endpoints\[1\].kind cannot be 'fir'; known here: fire, lift, video, handheld",
        ),
        ('"Room fire-b"', '""', r"endpoints\[2\].place cannot be ''"),
        ('device = "fire-b"', 'device = "fire-a"', "'fire-a' stands there twice"),
        ("[[endpoints]]", "[[endpoint]]", "endpoint is unknown"),
        ("[site_broker]", "[rules.fire]\nsmoke_rise = 1\n[site_broker]", "rules.fire.smoke_rise is unknown"),
        ("[site_broker]", "[rules.fire]\nhold_ms = -1\n[site_broker]", "hold_ms must not be negative"),
        (
            'kind = "fire"',
            'kind = "fire"\nsettings = {version = 1}',
            "line 12: .*settings.version is counted by the gateway",
        ),
        ("[site_broker]", "[rules.water]\nx = 1\n[site_broker]", "rules.water is unknown; known here: fire"),
    ],
)
def test_every_error_names_the_place_and_the_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Whatever is wrong, nothing is guessed."""
    path = write_site(tmp_path, 1883, ("fire-a", "fire-b"))
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(SiteError, match=said):
        load(path)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    """Both are said plainly."""
    with pytest.raises(SiteError, match="cannot be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "deep.toml").write_text(f"site = {'[' * 10_000}")
    with pytest.raises(SiteError, match="is nested too deeply"):
        load(tmp_path / "deep.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SiteError, match="not UTF-8"):
        load(tmp_path / "bytes.toml")


MANY_ERRORS = '''site = 7
gateway = "gw"
site_broker = {port = "x", hots = "127.0.0.1"}
rules.fire.temp_raise_c = nan
rules.fire.hold_ms = 1.5

# a comment with = and [brackets]
[[endpoints]]
device = "fire-a"
kind = "fire"
place = """
device = "not this one"
"""

[[endpoints]]
device = "fire-b"
settings = {limits = {}}
kind = "fire"
[[endpoints]]
"device" = "fire-b"
kind = "fire"
grid = 1
place = "Room"
'''


def test_all_errors_at_once(tmp_path: Path) -> None:
    """Nobody should have to start a gateway nine times; each error with the line of its field, in their order."""
    path = tmp_path / "site.toml"
    path.write_text(MANY_ERRORS, encoding="utf-8")

    with pytest.raises(SiteError) as caught:
        load(path)

    assert [(problem.line, problem.where, problem.what) for problem in caught.value.problems] == [
        (None, "cloud_broker", "is missing"),
        (1, "site", "cannot be 7"),
        (3, "site_broker.hots", "is unknown"),
        (3, "site_broker.host", "is missing"),
        (3, "site_broker.port", "cannot be 'x'"),
        (4, "rules.fire.temp_raise_c", "cannot be nan"),
        (5, "rules.fire.hold_ms", "cannot be 1.5"),
        (8, "endpoints[1].grid", "is missing"),
        (15, "endpoints[2].place", "is missing"),
        (15, "endpoints[2].grid", "is missing"),
        (20, "endpoints[3].device", "'fire-b' stands there twice"),
        (22, "endpoints[3].grid", "cannot be 1"),
    ]
    assert str(caught.value).count("site.toml, line ") == 11
