"""docs/rules.md shows the rules of gateway/config/rules.toml, and its examples are accepted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cloud.console.texts.zh_rules import RULES as WORDS
from domain.alarm_states import AlarmState
from domain.rules.reader import SEVERITIES, read_rule
from gateway.site_file.site import load
from tests.gateway.site import write_site

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
RULES = tomllib.loads((ROOT / "gateway/config/rules.toml").read_text(encoding="utf-8"))["rules"]
CONDITIONS = re.findall(r"`(\{[^`]+\})`", PAGE.split("## 条件 Conditions")[1].split("\n## ")[0])


def people_say(seconds: int) -> str:
    """Seconds as the page writes them."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"])
def test_every_rule_is_shown_as_it_is(rule: dict[str, Any]) -> None:
    """Name, word, endpoints, incident, delays, and something to do."""
    steps = [
        f"{name} {people_say(rule[name].get('on_s', 0))}/{people_say(rule[name].get('off_s', 0))}"
        for name in SEVERITIES
        if name in rule
    ]
    word = WORDS[f"rule.{rule['name']}"]
    cells = [f"`{rule['name']}`", word, ", ".join(rule["endpoints"]), f"`{rule['raises']}`", "<br>".join(steps)]

    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{rule['name']}` |")]
    assert line.startswith(f"| {' | '.join(cells)} | ")
    assert "·" in line.rsplit("|", 2)[1]


@pytest.mark.parametrize("state", AlarmState)
def test_every_state_is_explained(state: str) -> None:
    """In the table of the page."""
    assert re.search(rf"^\|[^|]*`{state}`", PAGE, re.MULTILINE)


@pytest.mark.parametrize("text", [text for text in CONDITIONS if "..." not in text])
def test_every_example_of_a_condition_is_accepted(text: str) -> None:
    """As it stands there; hours alone judge no channel."""
    table = tomllib.loads(f"when = {text}")["when"]
    when = {"all": [table, {"channel": "battery", "low": 1, "clear": 2}]} if "between" in table else table
    kind = "lift" if "mode" in text else "fire"
    rule = {"name": "example", "endpoints": [kind], "raises": "power", "source": "default"}

    read_rule({**rule, "minor": {"when": when}}, "rule")


def test_the_example_of_a_site_file_is_accepted(tmp_path: Path) -> None:
    """With the endpoints that it names."""
    path = write_site(tmp_path, 1883, ("fire-a",))
    lift = '\n[[endpoints]]\ndevice = "lift-a"\nkind = "lift"\nplace = "Lift"\ngrid = "1"\n'
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path.write_text(path.read_text() + lift + example, encoding="utf-8")

    site = load(path)

    assert site.programs["fire-a"].rule("boiler_room_hot") is not None
    assert site.programs["fire-a"].rule("escape_door_night") is None
