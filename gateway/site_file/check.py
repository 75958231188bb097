"""`gridwhistle gateway check`: may this site file be used, and if not, everything that is to be corrected."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import cast

from gateway.site_file.reader import Problem, SiteError
from gateway.site_file.site import Site, load

USAGE = 2  # exit status: somebody has something to correct


def main(site_file: Path, *, as_json: bool = False) -> int:
    """Say what is wrong with the file, all of it. Exit status 0: it can be used; 2: correct it first."""
    try:
        said, problems = _summary(site_file, load(site_file)), cast(tuple[Problem, ...], ())
    except SiteError as error:
        said, problems = _report(site_file, error.problems), error.problems
    if as_json:
        answer = {"ok": not problems, "problems": [asdict(problem) for problem in problems]}
        said = json.dumps(answer, ensure_ascii=False)
    sys.stdout.write(said + "\n")
    return USAGE if problems else 0


def _summary(site_file: Path, site: Site) -> str:
    kinds = Counter(member.kind for member in site.endpoints.values())
    counted = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    return (
        f"{site_file}: 可以使用，站点 {site.site}，终端 {len(site.endpoints)} 台 / can be used: "
        f"site {site.site}, {len(site.endpoints)} endpoints ({counted})"
    )


def _report(site_file: Path, problems: tuple[Problem, ...]) -> str:
    one = len(problems) == 1
    head = f"{site_file}: {len(problems)} 处需要改正，网关会沿用原来的 / {len(problems)} "
    head += f"{'thing' if one else 'things'} to correct; a running gateway keeps what it has"
    return "\n".join([head, *(f"  {problem}" for problem in problems)])
