"""The rules of every gateway, and what a site file changes about them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.rules.engine import Engine
from domain.rules.program import Program, compiled
from domain.rules.reader import read_rule
from domain.rules.rule import Rule, RuleError, nodes_of
from gateway.site_file.reader import SiteError
from gateway.site_file.rules_file import DEFAULTS, programs, read_rules
from gateway.site_file.site import Site, load
from protocol.channels import KINDS
from tests.domain.rules.line import reading
from tests.gateway.site import write_site

ALL = {kind: kind for kind in KINDS}


def rule(program: Program, name: str) -> Rule:
    """A rule that is there."""
    found = program.rule(name)
    assert found is not None
    return found


def with_rules(folder: Path, rules: str) -> Site:
    """A site of two fire endpoints and a lift."""
    path = write_site(folder, 1883, ("fire-a", "fire-b"))
    lift = '\n[[endpoints]]\ndevice = "lift-a"\nkind = "lift"\nplace = "Lift"\ngrid = "1"\n'
    path.write_text(path.read_text() + lift + rules)
    return load(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_channel_of_every_kind_is_judged_or_says_why_not(kind: str) -> None:
    """No channel is measured for nothing, and nobody has to guess."""
    document = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    unjudged = [row for row in document["unjudged"] if kind in row["endpoints"]]
    steps = [step for ladder in programs(read_rules(), ALL)[kind].ladders for step in ladder.rule.steps]
    judged = {getattr(node, "channel", None) for step in steps for node in nodes_of(step.when)} - {None}
    named = {channel for row in unjudged for channel in row["channels"]}

    assert all(row["why"] for row in unjudged)
    assert named | judged == set(KINDS[kind])
    assert not named & judged


def test_every_number_has_a_source_and_documents_that_were_not_at_hand_are_named_so() -> None:
    """A default says that it is one."""
    for entry in read_rules():
        source = entry.table["source"]
        assert source.startswith("default") or any(body in source for body in ("GB", "EN ", "EEMUA")), source
        assert ("GB 50974" not in source and "EN 81-20" not in source) or "from memory" in source


def test_endpoints_of_a_kind_share_one_program(tmp_path: Path) -> None:
    """Ten thousand of them must not be ten thousand copies."""
    site = with_rules(tmp_path, "")

    assert site.programs["fire-a"] is site.programs["fire-b"]
    assert site.programs["fire-a"] is not site.programs["lift-a"]


def test_a_site_changes_limits_by_rule_by_channel_for_one_device_and_in_order(tmp_path: Path) -> None:
    """What stands later wins; what is not named stays."""
    site = with_rules(
        tmp_path,
        """
[[rules.change]]
rule = "hydrant_pressure"
minor = {low = 150, clear = 180}
[[rules.change]]
channel = "hydrant_pressure"
devices = ["fire-b"]
major = {high = 1300, clear = 1250}
[[rules.change]]
channel = "battery"
endpoints = ["lift"]
minor = {low = 30, clear = 35, on_s = 5}
[[rules.change]]
rule = "battery_low"
endpoints = ["lift"]
major = false
[[rules.change]]
rule = "lift_overspeed"
enabled = false
[[rules.change]]
rule = "extinguisher_gone"
latch = true
suppress = {channel = "tamper", is = true}
minor = {when = {channel = "extinguisher_removed", is = true}, on_s = 1}
""",
    )
    fire_a, fire_b, lift = (site.programs[device] for device in ("fire-a", "fire-b", "lift-a"))

    assert "limit=150.0, clear=180.0" in repr(rule(fire_a, "hydrant_pressure").steps[0].when)
    assert "limit=1000.0, clear=968.0" in repr(rule(fire_a, "hydrant_pressure").steps[0].when)
    assert "limit=1200.0" in repr(rule(fire_a, "hydrant_pressure").steps[1].when)
    assert "limit=1300.0, clear=1250.0" in repr(rule(fire_b, "hydrant_pressure").steps[1].when)
    (step,) = rule(lift, "battery_low").steps
    assert (step.on_ms, repr(step.when)) == (5000, "Low(channel='battery', limit=30.0, clear=35.0)")
    assert len(rule(fire_a, "battery_low").steps) == 2
    assert lift.rule("lift_overspeed") is None
    gone = rule(fire_a, "extinguisher_gone")
    assert (gone.latch, gone.suppress is not None, gone.steps[0].on_ms, gone.steps[1].on_ms) == (
        True,
        True,
        1000,
        86_400_000,
    )


def test_a_site_adds_rules_with_its_own_hours_and_gap(tmp_path: Path) -> None:
    """In the same form as rules.toml, for some devices or for all of a kind."""
    site = with_rules(
        tmp_path,
        """
[rules]
utc_offset_min = 345
gap_s = 600
[[rules.add]]
name = "boiler_room_hot"
endpoints = ["fire"]
devices = ["fire-b"]
raises = "facility_fault"
source = "the operator of the boiler"
warning = {when = {channel = "temp", high = 45, clear = 40}, on_s = 300, off_s = 300}
""",
    )

    assert site.programs["fire-a"].rule("boiler_room_hot") is None
    assert rule(site.programs["fire-b"], "boiler_room_hot").steps[0].on_ms == 300_000
    assert (site.programs["fire-b"].utc_offset_min, site.programs["fire-b"].gap_ms) == (345, 600_000)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("[rules]\nutc_offset_min = 9999", ["line 25: rules.utc_offset_min cannot be 9999"]),
        ("[rules]\ngap_s = 1", ["rules.gap_s cannot be 1; write a whole number, 10 to 86400"]),
        ("[rules]\nchange = 3", ["rules.change is not a list"]),
        ("[[rules.change]]\nminor = {low = 1}", ["rules.change[1] does not say what it changes"]),
        ('[[rules.change]]\nrule = "rest"', ["rules.change[1] changes no rule; rules: battery_low"]),
        ('[[rules.change]]\nrule = "battery_low"\nmajr = {}', ["line 26: rules.change[1].majr is unknown"]),
        ('[[rules.change]]\nrule = "battery_low"\nmajor = {hihg = 1}', ["rules.change[1].major.hihg is unknown"]),
        ('[[rules.change]]\nrule = "battery_low"\nmajor = 1', ["rules.change[1].major is not a table"]),
        ('[[rules.change]]\nrule = "battery_low"\nenabled = 1', ["rules.change[1].enabled cannot be 1"]),
        ('[[rules.change]]\nrule = "battery_low"\ndevices = ["x"]', ["names 'x', which is no endpoint of this site"]),
        ('[[rules.change]]\nrule = "battery_low"\nendpoints = ["x"]', ["rules.change[1].endpoints cannot be ['x']"]),
        (
            '[[rules.change]]\nrule = "battery_low"\nminor = {low = 30}',
            ["rules.change[1].minor.when.clear lies below low"],
        ),
        ('[[rules.change]]\nrule = "battery_low"\nminor = {high = 30}', ["(high) fits no condition of that step"]),
        ('[[rules.change]]\nrule = "hydrant_pressure"\nminor = {clear = 3}', ["(clear) fits 2 conditions"]),
        (
            '[[rules.change]]\nchannel = "battery"\nminor = {high = 30}',
            ["rules.change[1] changes nothing about battery_low"],
        ),
        ('[[rules.change]]\nchannel = "battery"\nminor = false', ["rules.change[1].minor would be taken from every"]),
        ('[[rules.change]]\nchannel = "smoke"\nminor = {low = 3}', ["rules.change[1] changes no rule"]),
        (
            '[[rules.change]]\nrule = "battery_low"\nmajor = 1\n'
            '[[rules.change]]\nrule = "rest"\n[[rules.add]]\nname = 1',
            [
                "rules.change[1].major is not a table",
                "rules.change[2] changes no rule",
                "rules.add[1].endpoints is missing",
            ],
        ),
        (
            '[[rules.add]]\nname = "battery_low"\nendpoints = ["fire"]\nraises = "battery"\nsource = "x"\n'
            'minor = {when = {channel = "battery", low = 1, clear = 2}}',
            ["rules.add[1].name 'battery_low' is there already"],
        ),
        (
            '[[rules.add]]\nname = "mine"\nendpoints = ["lift"]\nraises = "fire"\nsource = "x"\n'
            'critical = {when = {channel = "motor_temp", high = 150, clear = 140}, on_s = 5}',
            ["rules.add[1].critical.on_s delays fire, which is life safety; write 0"],
        ),
    ],
)
def test_every_error_of_the_section_is_named_with_its_place(tmp_path: Path, rules: str, says: list[str]) -> None:
    """All of them at once."""
    with pytest.raises(SiteError) as refused:
        with_rules(tmp_path, rules)
    for text in says:
        assert text in str(refused.value)


def test_a_file_of_rules_is_read_for_a_backtest(tmp_path: Path) -> None:
    """And refused with the place of what is wrong."""
    path = tmp_path / "rules.toml"
    path.write_text(DEFAULTS.read_text(encoding="utf-8"), encoding="utf-8")
    assert [entry.table for entry in read_rules(path)] == [entry.table for entry in read_rules()]

    path.write_text("rules = 3")
    with pytest.raises(RuleError, match="is not a list"):
        read_rules(path)
    path.write_text("[[rules]]\nname = 'x'")
    with pytest.raises(RuleError, match=r"rules\[1\].endpoints is missing"):
        read_rules(path)


def test_a_rule_of_life_safety_judges_what_came_and_not_what_filters_made_of_it() -> None:
    """A smoothed value is a late one."""
    table: dict[str, Any] = {
        "name": "machine_room_burns",
        "endpoints": ["lift"],
        "raises": "fire",
        "source": "default",
        "critical": {"when": {"channel": "motor_temp", "high": 150, "clear": 140}},
    }
    plain = {**table, "name": "motor_hot", "raises": "lift_fault"}
    engine = Engine(compiled([read_rule(table, "rule"), read_rule(plain, "rule")]))
    raw = reading(0, {"motor_temp": 160.0})

    changes = engine.feed(raw, lambda: "id", replace(raw, values={"motor_temp": 30.0}))

    assert [(str(change.incident.kind), change.incident.signals[0].value) for change in changes] == [("fire", 160.0)]


def test_an_endpoint_that_is_wrong_does_not_make_its_rules_wrong(tmp_path: Path) -> None:
    """One error must not look like two."""
    with pytest.raises(SiteError) as refused:
        with_rules(
            tmp_path,
            '[[endpoints]]\ndevice = "fire-c"\nkind = "fire"\nplace = "Roof"\n'
            '[[rules.change]]\nrule = "battery_low"\ndevices = ["fire-c"]\nenabled = false\n',
        )
    assert [problem.where for problem in refused.value.problems] == ["endpoints[4].grid"]
