"""Where each complaint about alarms and dispatch in other systems (anchors 5.1 to 5.4) is a test of ours.

Not ours: 3650 of ThingsBoard, a figure of their reference site (benchmarks/ has our own figures); Homie 24, a wish for
a state machine (domain/availability.py is one).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CLOCKS = "tests/cloud/test_complaints.py"
NOTICES = "tests/cloud/test_complaints_notices.py"
FAMILIES = "tests/cloud/test_complaints_families.py"
ENGINE = "tests/domain/rules/test_engine.py"
CONDITIONS = "tests/domain/rules/test_conditions.py"
MERGING = "tests/cloud/test_merging.py"
SOURCES = "tests/cloud/test_sources.py"
ROUTING = "tests/cloud/test_routing.py"

# who complains, by the number of the thread -> the file, and how the name of the test begins
COMPLAINTS: dict[str, tuple[str, str]] = {
    "ThingsBoard 11803": (ENGINE, "test_warn_then_critical_after_a_minute_then_back_then_clear"),
    "ThingsBoard 11803, at the centre": (CLOCKS, "test_thingsboard_11803"),
    "ThingsBoard 7227": (CONDITIONS, "test_compound_across_channels"),
    "ThingsBoard 10979": (CLOCKS, "test_thingsboard_10979"),
    "ThingsBoard 7811": (FAMILIES, "test_thingsboard_7811"),
    "ThingsBoard 10590": (ENGINE, "test_an_on_delay_starts_again_with_every_good_value"),
    "ThingsBoard 5173": (ENGINE, "test_nothing_reaches_across_a_gap_or_a_clock_that_steps"),
    "ThingsBoard 14301": (ENGINE, "test_a_long_delay_survives_a_short_hole"),
    "ThingsBoard 15583": (CLOCKS, "test_thingsboard_15583_and_2986"),
    "ThingsBoard 2986": (CLOCKS, "test_thingsboard_15583_and_2986"),
    "ThingsBoard 5652": (ENGINE, "test_two_breaching_samples_a_millisecond_apart_make_one_incident"),
    "Alertmanager 4108": (NOTICES, "test_alertmanager_4108"),
    "Alertmanager 4008": (FAMILIES, "test_alertmanager_4008"),
    "Alertmanager 2229": (FAMILIES, "test_alertmanager_2229_and_4315"),
    "Alertmanager 4315": (FAMILIES, "test_alertmanager_2229_and_4315"),
    "Alertmanager 891": (FAMILIES, "test_alertmanager_891"),
    "Prometheus 6628": (CLOCKS, "test_oncall_1792"),
    "Grafana 13364": (CLOCKS, "test_oncall_1792"),
    "OnCall 1206": (CLOCKS, "test_oncall_1206"),
    "OnCall 4760": (NOTICES, "test_oncall_4760_and_4654"),
    "OnCall 4654": (NOTICES, "test_oncall_4760_and_4654"),
    "OnCall 3161": (CLOCKS, "test_oncall_3161"),
    "OnCall 3111": (CLOCKS, "test_oncall_3111"),
    "OnCall 4754": (NOTICES, "test_oncall_4754"),
    "OnCall 1792": (CLOCKS, "test_oncall_1792"),
    "OnCall 895": (CLOCKS, "test_oncall_895_and_1931"),
    "OnCall 1931": (CLOCKS, "test_oncall_895_and_1931"),
    "OnCall 934": (CLOCKS, "test_oncall_934"),
    "OnCall 275": (ROUTING, "test_a_timeline_says_what_happens_while_nobody_acts"),
    "OnCall 3760": (ROUTING, "test_a_timeline_says_what_happens_while_nobody_acts"),
    "GoAlert 4545": (CLOCKS, "test_goalert_4545"),
    "PagerDuty dedup_key": (SOURCES, "test_their_number_twice_is_one"),
    "Keep 4318": (CONDITIONS, "test_a_pattern_of_states_counts_only_whole_rounds_within_its_span"),
    "Keep 2087": (MERGING, "test_merged_they_share_their_fate"),
    "Keep 4766": (SOURCES, "test_what_differs_is_a_matter_of_its_own"),
    "Keep 4970": (ROUTING, "test_a_sudden_matter_calls_its_department_at_once"),
    "Keep 6567": (MERGING, "test_links_show_each_other"),
    "Zabbix recovery expression": (ENGINE, "test_levels_are_one_ladder_and_the_deadband"),
    "Hono 3655": ("tests/system/test_mass_offline.py", "test_survives_12_mass_offline"),
    "FixMyStreet 3168": (NOTICES, "test_fixmystreet_3168"),
    "FixMyStreet 2091": (NOTICES, "test_fixmystreet_2091"),
    "FixMyStreet 3228": (NOTICES, "test_fixmystreet_3228"),
    "FixMyStreet 1334": (NOTICES, "test_fixmystreet_1334"),
    "FixMyStreet 4873": (NOTICES, "test_fixmystreet_4873"),
    "FixMyStreet 67": (CLOCKS, "test_fixmystreet_67"),
    "Resgrid 260": (NOTICES, "test_resgrid_260"),
    "Resgrid 269": (NOTICES, "test_resgrid_269"),
    "police-cad 525": ("tests/console/test_pages.py", "test_a_fire_arrives_without_reload"),
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_it_is_tested(repository: Path, complaint: str) -> None:
    file, name = COMPLAINTS[complaint]
    text = (repository / file).read_text(encoding="utf-8")

    assert re.search(rf"^(async )?def {name}", text, re.MULTILINE), f"{file} has no test {name}…"
