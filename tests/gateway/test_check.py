"""`gridwhistle gateway check FILE`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from gridwhistle import app
from tests.gateway.site import write_site


def _check(*args: str) -> Result:
    return CliRunner().invoke(app, ["gateway", "check", *args])


def test_a_good_file(tmp_path: Path) -> None:
    """One line says what it is for."""
    result = _check(str(write_site(tmp_path, 1883, ("fire-a", "fire-b"))))

    assert result.exit_code == 0
    assert "可以使用" in result.output
    assert "site chunfeng, 2 endpoints (fire 2)" in result.output


def test_a_file_with_errors(tmp_path: Path) -> None:
    """Each on its own line: where, what, what to do; in both languages."""
    path = write_site(tmp_path, 1883)
    path.write_text(path.read_text().replace("port = 1883", "prot = 1883"))

    result = _check(str(path))

    assert result.exit_code == 2
    head, *errors = result.output.strip().splitlines()
    assert head.endswith("2 things to correct; a running gateway keeps what it has")
    fields = "host, port, username, password, ca_file, cert_file, key_file"
    known = f"known here: {fields}; did you mean port? · 未知的字段，是否想写 port"
    assert errors == [
        f"  line 5: site_broker.prot is unknown; {known}",
        f"  line 8: cloud_broker.prot is unknown; {known}",
    ]


def test_for_programs(tmp_path: Path) -> None:
    """The same as JSON."""
    path = write_site(tmp_path, 1883)
    path.write_text(path.read_text().replace('gateway = "gw-chunfeng"', "gateway = 7"))

    result = _check(str(path), "--json")

    (problem,) = json.loads(result.output)["problems"]
    assert (problem["line"], problem["where"], problem["what"]) == (2, "gateway", "cannot be 7")


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    """The parser stops at the first such line; it is named."""
    path = tmp_path / "site.toml"
    path.write_text("site = \n")

    assert "line 1: site.toml is not TOML" in _check(str(path)).output
    answer = json.loads(_check(str(path), "--json").output)
    assert (answer["ok"], answer["problems"][0]["line"]) == (False, 1)
    missing = _check(str(tmp_path / "none.toml"))
    assert missing.exit_code == 2
    assert "none.toml cannot be read (No such file or directory); give the path of a site file" in missing.output
