"""The doctor's round and how it is told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.ops import judge
from gateway.ops.doctor import box, links, stored
from gateway.ops.findings import Finding, Level, bad, good, worst
from gateway.ops.standing import Standing
from gateway.ops.words import LANGUAGES, say, words_of
from gateway.settings import PREFIX, Settings
from gateway.site_file.reader import SiteError
from gateway.site_file.site import Site, load
from runtime import logs
from runtime.clock import Clock
from runtime.release import version
from runtime.settings import SettingsError, from_env

MARKS = {Level.GOOD: ("✓", "bright_green"), Level.WARNING: ("!", "bright_yellow"), Level.BAD: ("✗", "bright_red")}


def examine(site_file: Path, env: Mapping[str, str], now_ms: int) -> list[Finding]:
    """Look at everything, the most basic first. Never raises for what is wrong with a gateway."""
    settings, findings = _settings(env)
    site, found = _site(site_file)
    findings += [found, box.process(settings), judge.release(version(), Standing.of(settings.update_dir))]
    findings += box.disk(settings.data_dir)
    findings += stored.database(settings.data_dir)
    findings.append(box.clock(now_ms, synchronised=box.is_synchronised()))
    running = box.is_running(settings.data_dir)
    said = box.said(settings) if running else {}
    if site is not None:
        findings += links.brokers(site, settings.data_dir, now_ms, cloud_up=said.get("cloud_link") == "up")
    findings += judge.refused(str(said.get("status_refused", "")))
    findings += stored.contents(settings.data_dir, site, now_ms, running=running)
    return [*findings, box.backups(settings.backups, now_ms)]


def _settings(env: Mapping[str, str]) -> tuple[Settings, list[Finding]]:
    try:
        return from_env(Settings, PREFIX, env), [good("settings", "settings_good")]
    except SettingsError as error:
        known = {name: value for name, value in env.items() if name == f"{PREFIX}DATA_DIR"}
        return from_env(Settings, PREFIX, known), [bad("settings", "settings_bad", why=str(error))]


def _site(site_file: Path) -> tuple[Site | None, Finding]:
    try:
        site = load(site_file)
    except SiteError as error:
        if not error.problems or not site_file.is_file():
            return None, bad("site_file", "site_file_unreadable", why=str(error))
        first = str(error.problems[0])
        return None, bad("site_file", "site_file_bad", path=site_file, count=len(error.problems), first=first)
    return site, good("site_file", "site_file_good", path=site_file, endpoints=len(site.endpoints))


def as_json(findings: list[Finding]) -> str:
    """For a machine, in both languages."""
    told = [
        {"topic": finding.topic, "code": finding.code, "level": finding.level.name.lower()}
        | {lang: asdict(say(finding, lang)) for lang in LANGUAGES}
        for finding in findings
    ]
    return json.dumps({"level": worst(findings).name.lower(), "findings": told}, ensure_ascii=False)


def show(findings: list[Finding], lang: str, console: Console) -> None:
    """For a person: one line where all is well, and what it means and what to do where it is not."""
    words = words_of(lang)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark, colour = MARKS[finding.level]
        said = say(finding, lang)
        style = "" if finding.level is Level.GOOD else f"bold {colour}"
        table.add_row(Text(mark, style=f"bold {colour}"), Text(said.topic, style=style), Text(said.what, style=style))
        for name, text in ((words.MEANS, said.means), (words.DO, said.do)):
            if text:
                table.add_row("", Text(name, style="dim", justify="right"), Text(text))
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    verdict = words.VERDICT.format(bad=counts[Level.BAD], warnings=counts[Level.WARNING])
    mark, colour = MARKS[worst(findings)]
    console.print(Text(f"{words.DOCTOR} · gridwhistle {version()}", style="bold"))
    console.print(table)
    ending = words.ALL_WELL if worst(findings) is Level.GOOD else verdict
    console.print(Text(f"{mark} {ending}", style=f"bold {colour}"))


def language(env: Mapping[str, str]) -> str:
    """Of the person at the keyboard; Chinese where the box does not say."""
    told = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "en" if told.startswith("en") else "zh"


def main(site_file: Path, *, lang: str | None = None, json_wanted: bool = False) -> int:
    """Exit status 0: all is well; 1: somebody should look; 2: somebody must act."""
    logs.set_up("critical")
    findings = examine(site_file, os.environ, Clock.from_env().now_ms())
    if json_wanted:
        sys.stdout.write(as_json(findings) + "\n")
    else:
        show(findings, lang or language(os.environ), Console(highlight=False, soft_wrap=False))
    return int(worst(findings))
