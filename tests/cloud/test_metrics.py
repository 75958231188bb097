"""/metrics of the centre: who may read it, what it says, and that labels stay few."""

from __future__ import annotations

import asyncio
import re

import httpx
from prometheus_client.parser import text_string_to_metric_families

from cloud.intake.intake import Intake
from cloud.metrics.counts import Class, class_of
from cloud.metrics.families import FAMILIES
from cloud.metrics.present import PREFIX, numbers, place
from cloud.metrics.requests import Route, route_of
from cloud.trust.principals import Grant
from cloud.trust.tokens import NewToken
from cloud.web.app import create_health_app
from domain.incidents import Kind, Move
from domain.people import Role
from protocol import topics
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import NOBODY, URL, web_app, web_client, web_trust

Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(text: str) -> Samples:
    """Each number by name and labels."""
    return {
        (sample.name.removeprefix(PREFIX), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scrape(centre: Centre, who: str = "anybody") -> httpx.Response:
    """One look."""
    async with web_client(centre, who) as client:
        return await client.get("/metrics")


async def test_only_a_right_of_the_whole_district_reads_it(sqlite_centre: Centre) -> None:
    """Strangers and whoever works on incidents get a refusal that a program understands; a narrow token is enough."""
    for who, code in ((NOBODY, 401), ("zhou-mingyuan", 403)):
        answer = await scrape(sqlite_centre, who)
        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")
    trust = web_trust(sqlite_centre)
    auditor = (Grant(role=Role.AUDITOR),)
    token = trust.tokens.make(NewToken(name="prometheus", grants=auditor, scopes=("metrics_read",)), by="test")
    head = {"Authorization": f"Bearer {token}"}
    for app in (web_app(sqlite_centre, trust), create_health_app(sqlite_centre.desk, {}, trust)):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
            assert (await client.get("/metrics", headers=head)).status_code == 200
            assert (await client.get("/metrics")).status_code == 401
            assert (await client.get("/readyz")).status_code == 200
            assert (await client.get("/api/board", headers=head)).status_code in (403, 404)


async def test_it_counts_what_is_open_and_what_was_answered(centre: Centre) -> None:
    """By class and severity, without a name; requests by class and status."""
    centre.take(1, severity="critical")
    centre.take(2, kind="sensor_fault", device="fire-b", severity="minor")
    centre.walk(centre.take(3, kind="camera_fault", device="cam-1", severity="minor"), Move.VOID)
    trust = web_trust(centre)
    app = web_app(centre, trust)
    everything = trust.tokens.make(NewToken(name="all", grants=(Grant(role=Role.ADMINISTRATOR),)), by="test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        await client.get("/api/board")
        client.headers["Authorization"] = f"Bearer {everything}"
        await client.get("/api/board")
        answer = await client.get("/metrics")
    found = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert found["incidents_open", ("life_safety", "critical")] == 1
    assert found["incidents_open", ("system", "minor")] == 1
    assert sum(value for (name, _), value in found.items() if name == "incidents_open") == 2
    assert found["incidents_waiting", ("life_safety",)] == 1
    assert (found["ready", ()], found["broker_up", ()]) == (1, 1)
    assert (found["requests_total", ("401", "api_read")], found["requests_total", ("200", "api_read")]) == (1, 1)
    assert found["request_seconds_count", ("api_read",)] == 2
    assert found["sessions", ()] == found["streams", ()] == found["exports", ("waiting",)] == 0
    assert found["process_resident_memory_bytes", ()] > 0
    assert "info" in {name for name, _ in found}
    assert not re.search(r"chunfeng|fire-b|110105|春风", answer.text), "no place, no endpoint"


async def test_every_number_of_readyz_has_a_name_of_its_own(sqlite_centre: Centre) -> None:
    """What a whole centre tells supervisors; nothing is left for `other`, and labels are words of the code."""
    desk, trust = sqlite_centre.desk, web_trust(sqlite_centre)
    intake = Intake(desk, sqlite_centre.series)
    running = asyncio.create_task(intake.run_urgent())
    await intake.handle(topics.build(facts.SITE, "gw-chunfeng", "incident"), b"{")
    running.cancel()
    told = {
        "broker": True, "intake": intake.health(), "leases": ["silence"], "failures": {"bus": 2},
        "timers": desk.timer_health(), "notices": {"mail": {"owed": 1}}, "plan": desk.plans.health(),
        "history": desk.history.health(), "photos": desk.photos.health(), "facts": desk.facts.health(),
        "connections": {"open": 1, "most": 2, "refused": 3, "late": 4}, "attempts": trust.counters(),
    }  # fmt: skip
    named = {path: place(path) for path in numbers(told)}
    assert [path for path, (family, _) in named.items() if family is FAMILIES[-1]] == []
    assert named["intake", "refused", "not_json"][1] == ("not_json",)
    assert place(("history", "something_new")) == (FAMILIES[-1], ("history.something_new",))
    assert place(("timers", "late_ms"))[0].scale == 0.001


def test_what_other_stores_of_readings_tell_has_a_name_too() -> None:
    """Of the queue before InfluxDB, and of the keeper of the house."""
    for name in (
        "owed", "bytes", "bytes_max", "queue_full", "refused_lines", "refused_ever", "marks", "too_late", "no_time",
        "beyond_bucket", "lag_ms", "server_failures", "clock_ahead_ms", "evidence_wait_ms", "disk_free", "disk_low",
        "incidents", "readings", "not_frozen",
    ):  # fmt: skip
        assert place(("history", name))[0] is not FAMILIES[-1], name


def test_names_are_one_each_and_classes_few() -> None:
    """No family hides another one; every kind has a class."""
    names = [family.name for family in FAMILIES]
    assert len({family.sample for family in FAMILIES}) == len(names)
    assert {class_of(kind) for kind in Kind} == set(Class)
    assert class_of("of a newer release") is Class.ALARM
    assert (class_of("fire"), class_of("gateway_offline"), class_of("hazard"), class_of("water_pressure")) == tuple(
        Class(name) for name in ("life_safety", "system", "told", "alarm")
    )


def test_requests_have_a_class_and_no_address() -> None:
    """Whatever is asked for."""
    asked = {
        ("GET", "/incidents/1"): Route.PAGE, ("GET", "/parts/board"): Route.PART, ("POST", "/login"): Route.FORM,
        ("GET", "/api/board"): Route.API_READ, ("PUT", "/api/x"): Route.API_WRITE, ("GET", "/api/live"): Route.STREAM,
        ("GET", "/static/look.css"): Route.STATIC, ("GET", "/metrics"): Route.HEALTH, ("BREW", "/"): Route.FORM,
    }  # fmt: skip
    assert {way: route_of(*way) for way in asked} == asked
