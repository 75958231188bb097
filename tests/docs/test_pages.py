"""Pages hold what they promise: links lead somewhere, commands exist, settings are explained, nothing is private."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from domain.fire import FireLimits
from domain.readings import IMPLAUSIBLE
from domain.sensor_faults import MISSING
from domain.site_rules.limits import SiteLimits
from domain.task_policy import TaskPolicy
from gateway.site_file.sirens_section import Siren

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
PAGES = [name for name in TRACKED if name.endswith(".md")]
ROOMS = sorted({name.split("/")[0] for name in TRACKED if "/" in name})
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETTINGS = {"gateway": "GRIDWHISTLE_GATEWAY_", "cloud": "GRIDWHISTLE_CLOUD_"}  # settings module -> prefix of variables

# Split, so that this file does not contain what it looks for.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js.", "deb.debian" + ".org", "jsd" + "elivr", "unp" + "kg")
MACHINE_PATHS = re.compile(r"(?<![\w.-])/" + r"(?:work|tmp|root)/|/" + r"home/\w")  # gateway/work/ is a room of ours


def read(name: str) -> str:
    """Text of a tracked file; empty for a picture and for what is deleted but not yet committed."""
    path = ROOT / name
    return "" if path.suffix in (".png", ".ico", ".woff2") or not path.is_file() else path.read_text(encoding="utf-8")


def anchors(page: str) -> set[str]:
    """The anchors that headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link of a page is a tracked file or folder, and its anchor a heading there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", read(name)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (ROOT / name).parent / path if path else ROOT / name
        assert linked.exists(), f"{name} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), f"{name} links to {target}: no such heading"


@pytest.mark.parametrize("name", PAGES)
def test_named_files_exist(name: str) -> None:
    """Every `room/file` that a page names is there."""
    for path in re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`", read(name)):
        assert (ROOT / path).exists(), f"{name} names {path}"


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_exist(name: str) -> None:
    """Every `make x` that a page tells people to type is a target of the Makefile."""
    told = re.findall(r"(?:^|`)make ([a-z][a-z-]*)", read(name), re.MULTILINE)

    for target in told:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), f"{name}: make {target}"


@pytest.mark.parametrize("name", PAGES)
def test_subcommands_exist(name: str) -> None:
    """Every `gridwhistle x` that a page shows is a subcommand of the front door."""
    from typer.main import get_command

    front_door = importlib.import_module("gridwhistle")
    commands = getattr(get_command(front_door.app), "commands", {})

    for words in re.findall(r"^(?:\S*/bin/)?gridwhistle ((?:[a-z-]+ ?)+)", commands_shown(read(name)), re.MULTILINE):
        assert words.split()[0] in commands, f"{name}: gridwhistle {words}"


def commands_shown(page: str) -> str:
    """The parts of a page that are commands: blocks of sh and code in a line that starts with the name."""
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", page, re.DOTALL)
    inline = re.findall(r"`((?:\.venv/bin/)?gridwhistle [^`]+)`", page)
    return "\n".join(blocks + inline)


@pytest.mark.parametrize("module", SETTINGS)
def test_settings_are_explained(module: str) -> None:
    """Every setting stands in docs/operations.md, and no other."""
    settings = importlib.import_module(f"{module}.settings").Settings
    prefix = SETTINGS[module]
    known = {prefix + field.name.upper() for field in fields(settings)}
    told = set(re.findall(rf"`({prefix}[A-Z_]+)`", OPERATIONS))

    assert known == told


def test_fire_limits_are_explained() -> None:
    """Every field of [rules.fire] stands in docs/operations.md, with its default."""
    page = OPERATIONS.split("| `[rules.fire]`", 1)[1].split("\n\n", 1)[0]
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    told = {
        name: float(value)
        for names, values in rows
        for name, value in zip(words(names), values.split(","), strict=True)
    }

    assert {field.name: float(field.default) for field in fields(FireLimits)} == told


def test_rules_of_the_whole_site_are_explained() -> None:
    """Every field of [rules.site] stands in docs/operations.md, with its default."""
    page = OPERATIONS.split("| `[rules.site]`", 1)[1].split("\n\n", 1)[0]
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    told = {
        name: json.loads(value.strip().strip("`"))
        for names, values in rows
        for name, value in zip(words(names), [values] if "[" in values else values.split(","), strict=True)
    }
    known = {field.name: field.default for field in fields(SiteLimits)}

    assert told == {name: list(value) if isinstance(value, tuple) else value for name, value in known.items()}


@pytest.mark.parametrize(("section", "fields_of"), [("[tasks]", TaskPolicy), ("[[sirens]]", Siren)])
def test_people_and_sirens_are_explained(section: str, fields_of: type[Any]) -> None:
    """Every field stands in docs/operations.md, with its default where that is one word."""
    page = OPERATIONS.split(f"| `{section}`", 1)[1].split("\n\n", 1)[0]
    told: dict[str, str] = {}
    for names, values in (line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")):
        told |= dict(zip(words(names), (value.strip() for value in values.split(",")), strict=True))

    known = {field.name: field.default for field in fields(fields_of)}
    assert set(told) == set(known)
    plain = {name: str(value) for name, value in known.items() if isinstance(value, str | int)}
    assert {name: told[name] for name in plain} == plain


def words(text: str) -> list[str]:
    """What stands in code quotes."""
    return re.findall(r"`([^`]+)`", text)


def test_reasons_of_faults_are_explained() -> None:
    """Every reason that a driver, the sampler or the gateway gives stands in docs/operations.md."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "firmware" / "device").rglob("*.py"))
    given = set(re.findall(r'SensorError\("(\w+)"\)|faults\[channel\] = "(\w+)"', source))
    reasons = {reason for pair in given for reason in pair if reason} | {IMPLAUSIBLE, MISSING}

    assert len(reasons) > 2
    for reason in reasons:
        assert f"| `{reason}` |" in OPERATIONS


def test_nothing_tracked_is_private() -> None:
    """No host of a package registry and no path of somebody's machine is in the repository."""
    for name in TRACKED:
        text = read(name)
        found = [host for host in REGISTRIES if host in text] + MACHINE_PATHS.findall(text)
        assert not found, f"{name}: {found}"


def test_change_log_has_an_unreleased_part() -> None:
    """Keep a Changelog: what is not released yet stands under its own heading."""
    assert "\n## Unreleased\n" in read("CHANGELOG.md")
