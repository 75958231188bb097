"""Gateways: their states, their endpoints, and the incident when one is gone."""

from __future__ import annotations

from cloud.intake.intake import Intake
from cloud.workers.silence import SilenceWatch
from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import Centre


def test_a_gateway_describes_itself_and_its_endpoints(centre: Centre) -> None:
    """The page shows what the last status said."""
    centre.status()
    (row,) = centre.desk.board().gateways

    assert (row.gateway, row.site, row.state) == ("gw-chunfeng", "chunfeng", "online")
    assert (row.outbox_pending, row.quarantine, row.last_seen_ms) == (3, 1, centre.clock.now_ms())
    assert [(e.device, e.state, e.channels["smoke"]) for e in row.endpoints] == [
        (f"fire-{letter}", "online", "good") for letter in "abc"
    ]


def test_a_large_site_comes_a_page_at_a_time(centre: Centre) -> None:
    """A page replaces what it speaks of; another list of endpoints begins anew, so that a removed one goes away."""

    def devices() -> dict[str, str]:
        (row,) = centre.desk.board().gateways
        return {endpoint.device: endpoint.state for endpoint in row.endpoints}

    def page(letters: str, mark: str, state: str = "online") -> None:
        centre.clock.go(5)
        rows = facts.status(centre.clock.now_ms(), devices=letters)["endpoints"]
        rows = [row | {"state": state} for row in rows]
        centre.status(endpoints=rows, endpoints_total=4, endpoints_list=mark)

    page("ab", "one")
    page("cd", "one")
    assert list(devices()) == ["fire-a", "fire-b", "fire-c", "fire-d"]
    page("b", "one", "offline")
    assert devices() == {"fire-a": "online", "fire-b": "offline", "fire-c": "online", "fire-d": "online"}
    page("ab", "two")
    assert devices() == {"fire-a": "online", "fire-b": "online"}


def test_a_last_will_raises_one_incident_and_the_endpoints_become_unknown(centre: Centre) -> None:
    """One whistle at the community for the whole site, however often it is said; nothing per endpoint."""
    centre.status()
    centre.clock.go(10)
    for _ in range(3):
        centre.status(state="offline", why="last_will", at_ms=None, endpoints=[])
    board = centre.desk.board()
    (row,) = board.open

    assert (row.kind, row.severity, row.device, row.tiers) == (
        "gateway_offline",
        "major",
        "gw-chunfeng",
        ("community",),
    )
    assert row.deadline_ms == centre.clock.now_ms() + 900_000
    assert row.grid_name == "春风社区"
    assert [e.state for e in board.gateways[0].endpoints] == ["unknown"] * 3
    assert board.gateways[0].last_seen_ms == centre.clock.now_ms() - 10_000


def test_it_clears_when_the_gateway_returns_and_comes_back_as_the_same_incident(centre: Centre) -> None:
    """Flapping is one incident until people close it; a new one after that."""
    centre.status()
    for _ in range(3):
        centre.status(state="offline", why="last_will", at_ms=None)
        centre.clock.go(5)
        centre.status()
    (row,) = centre.desk.board().open
    assert row.condition == "cleared"
    assert centre.whats(row.id) == ["raised", "placed", "cleared"] + ["raised", "cleared"] * 2

    centre.walk(row.id, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    centre.status(state="offline", why="last_will", at_ms=None)
    assert [r.id != row.id for r in centre.desk.board().open] == [True]


def test_flapping_does_not_push_the_deadline_away(centre: Centre) -> None:
    """Nobody took it when it was due: however often it comes and goes, it is overdue, and the next tiers are called."""
    centre.status()
    centre.status(state="offline", why="last_will", at_ms=None)
    due_ms = centre.desk.board().open[0].deadline_ms
    for _ in range(10):
        centre.clock.go(300)
        centre.status()
        centre.status(state="offline", why="last_will", at_ms=None)
        centre.desk.fire_due()
    (row,) = centre.desk.board().open

    assert (row.deadline_ms, row.overdue) == (due_ms, True)
    assert row.tiers == ("community", "street", "district")


def test_silence_counts_as_offline(centre: Centre) -> None:
    """No last will came, and yet nobody is watching."""
    centre.status()
    centre.desk.gateway_silent("gw-chunfeng")
    centre.desk.gateway_silent("gw-chunfeng")
    centre.desk.gateway_silent("never-heard-of")

    assert [r.kind for r in centre.desk.board().open] == ["gateway_offline"]


def test_an_older_status_changes_nothing(centre: Centre) -> None:
    """Messages may overtake one another."""
    centre.status()
    centre.status(at_ms=centre.clock.now_ms() - 5000, outbox={"pending": 99})

    assert centre.desk.board().gateways[0].outbox_pending == 3


def test_the_status_that_the_broker_kept_is_no_sign_of_life(centre: Centre) -> None:
    """Silent for too long; the broker hands out its last word again: it stays offline until it says something new."""
    kept_ms = centre.clock.now_ms()
    centre.status()
    centre.clock.go(60)
    centre.desk.gateway_silent("gw-chunfeng")
    centre.status(at_ms=kept_ms)
    (row,) = centre.desk.board().gateways
    assert (row.state, row.last_seen_ms) == ("offline", kept_ms)
    assert [r.condition for r in centre.desk.board().open] == ["active"]

    centre.status()
    assert [r.condition for r in centre.desk.board().open] == ["cleared"]


def test_a_gateway_that_starts_with_a_clock_behind_is_heard(centre: Centre) -> None:
    """A higher boot is newer, whatever its clock says."""
    centre.status(boot=1)
    centre.status(boot=2, at_ms=centre.clock.now_ms() - 5000, outbox={"pending": 99})

    assert centre.desk.board().gateways[0].outbox_pending == 99


def test_a_gateway_that_lost_its_disk_is_heard(centre: Centre) -> None:
    """It counts its starts from the beginning again; its time is newer."""
    centre.status(boot=7)
    centre.clock.go(5)
    centre.status(boot=1, outbox={"pending": 99})

    assert centre.desk.board().gateways[0].outbox_pending == 99


def test_what_a_gateway_lost_is_shown(centre: Centre) -> None:
    """Dropped readings, torn databases and failed tasks are numbers on the row; nonsense is 0."""
    centre.status(outbox={"pending": 0, "dropped": {"history": 7, "x": 1}}, databases_torn=2, failures={"report": 3})
    (row,) = centre.desk.board().gateways
    assert (row.dropped, row.databases_torn, row.failures) == (8, 2, 3)

    centre.clock.go(5)
    centre.status(outbox={"dropped": "all"}, databases_torn=None, failures=[1])
    (row,) = centre.desk.board().gateways
    assert (row.dropped, row.databases_torn, row.failures) == (0, 0, 0)


def test_a_strange_status_is_taken_as_far_as_it_goes(centre: Centre) -> None:
    """Missing and wrong fields of a newer or broken gateway do not hide that it lives."""
    centre.status(
        outbox=7, quarantine=None, endpoints=[{"device": "x", "channels": 3}, "y", {"device": None}], at_ms="now"
    )
    (row,) = centre.desk.board().gateways

    assert (row.state, row.outbox_pending, [e.device for e in row.endpoints]) == ("online", 0, ["x"])
    assert row.endpoints[0].state == "unknown"


def test_a_fault_of_an_endpoint_stays_with_the_endpoint(centre: Centre) -> None:
    """A channel that is not good is shown as what it is."""
    endpoints = facts.status(0)["endpoints"]
    endpoints[0]["channels"]["smoke"] = "fault:timeout"
    centre.status(endpoints=endpoints)

    assert centre.desk.board().gateways[0].endpoints[0].channels["smoke"] == "fault:timeout"


async def test_the_watch_counts_silence_of_each_gateway(centre: Centre) -> None:
    """30 s of wall time without a message; a start and a return of our own link give everybody the full time again."""
    centre.status()
    intake = Intake(centre.desk, centre.series)
    watch = SilenceWatch(centre.desk, intake, 30.0)
    watch.start(1000.0)
    await watch.check(1030.0)
    assert centre.desk.board().open == ()
    watch.start(1030.0)
    await watch.check(1060.0)
    assert centre.desk.board().open == ()
    for _ in range(2):
        await watch.check(1060.1)

    assert [(r.kind, r.condition) for r in centre.desk.board().open] == [("gateway_offline", "active")]


def test_what_the_gateway_does_not_know_any_more_is_cleared(centre: Centre) -> None:
    """Its database was lost: we believe no condition that nobody can end. Once, and nothing of another site."""
    known, gone = centre.take(1), centre.take(2, device="fire-b", kind="sensor_fault")
    elsewhere = centre.take(3, site="qiuyuan")
    centre.clock.go(60)
    assert centre.status(unknown=[gone, elsewhere, "never-heard", 7]) >= {gone}
    centre.clock.go(5)
    assert centre.status(unknown=[gone]) == set()
    assert centre.desk.detail(gone).row.condition == "cleared"
    assert [centre.desk.detail(other).row.condition for other in (known, elsewhere)] == ["active", "active"]
    centre.status(unknown="nonsense", at_ms=centre.clock.now_ms() + 1)


def test_a_fire_of_an_endpoint_that_says_nothing_is_not_declared_over(centre: Centre) -> None:
    """The gateway lost its database, and who saw it may have burnt. Back and calm, or gone for good: over."""
    fire, entrapment = centre.take(1, device="fire-a"), centre.take(2, device="fire-z", kind="entrapment")
    away = facts.status(0)["endpoints"]
    away[0] = away[0] | {"state": "offline"}
    centre.clock.go(60)
    assert centre.status(unknown=[fire, entrapment], endpoints=away) == {entrapment}
    centre.clock.go(5)
    assert centre.status(unknown=[fire]) == {fire}
