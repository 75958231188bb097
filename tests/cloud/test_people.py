"""People at the centre: stand-ins, duty by handheld, hand-overs of a shift, contacts; on both databases."""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest

from cloud.people.errors import (
    AlreadyDecided,
    ListChanged,
    NotYours,
    NoVault,
    PeopleError,
    UnknownEntry,
    UnknownPerson,
)
from cloud.people.site_text import as_toml
from cloud.people.standing_in import Wish
from cloud.plans.writing import Wish as PlanWish
from cloud.store.models import FieldReport, Notice
from cloud.store.models_people import Contact
from cloud.trust.vault import Vault
from cloud.workers.retention import Retention
from domain.duty_book import StandInError
from domain.incidents import Move
from gateway.site_file.people_section import PersonEntry
from tests.cloud.conftest import Centre
from tests.cloud.test_field_work import take, work
from tests.cloud.web import web_trust

HOUR_MS = 3_600_000
DAY, NIGHT = "zhou-mingyuan", "qin-yue"  # operators of 春风社区, 08:00-20:00 and 20:00-08:00; it is 13:11
WORKER = "lin-zhixia"


def away(centre: Centre, absent: str, by: str | None, hours: int = 8) -> Wish:
    """Away from now on."""
    now_ms = centre.clock.now_ms()
    return Wish(absent=absent, by=by, from_ms=now_ms, to_ms=now_ms + hours * HOUR_MS, reason="培训")


def on_duty(centre: Centre, area: str = "chunfeng") -> list[tuple[str, str]]:
    """Who, and why."""
    row = next(row for row in centre.desk.people.duty() if row.id == area)
    return [(person.id, person.why) for person in row.people]


def report(centre: Centre, what: str, person: str | None = WORKER, device: str = "hh-1", fact: str = "1") -> None:
    """A handheld says something about duty."""
    now_ms = centre.clock.now_ms()
    with centre.store.write() as session:
        row = FieldReport(
            site="chunfeng", fact=fact, device=device, person=person, what=what, incident_id=None, task=None,
            counts=True, at_ms=now_ms, taken_ms=now_ms, state="done", details={},
        )  # fmt: skip
        session.add(row)
        session.flush()
        for noted in centre.desk.field_work.noted:
            noted(session, row)
    centre.desk.people.refresh()


def test_a_stand_in_gets_what_the_absent_would_get(centre: Centre) -> None:
    """From the very next incident on; the end of it, and a restart, are respected."""
    entry = centre.desk.people.enter_stand_in(away(centre, DAY, NIGHT), DAY)
    assert on_duty(centre) == [(NIGHT, "stand_in")]
    centre.restart()
    incident = centre.take()
    with centre.store.read() as session:
        told = {notice.person for notice in session.query(Notice).filter(Notice.incident_id == incident)}
    assert NIGHT in told
    assert DAY not in told

    ended = centre.desk.people.end_stand_in(entry.id, DAY)

    assert ended.ended_by == DAY
    assert on_duty(centre) == [(DAY, "roster")]
    assert centre.desk.people.stand_ins() == ()
    assert [row.id for row in centre.desk.people.stand_ins(past=True)] == [entry.id]
    assert centre.desk.people.end_stand_in(entry.id, "somebody").ended_by == DAY, "twice is once"


def test_a_stand_in_ends_by_itself(centre: Centre) -> None:
    """At its hour, without anybody's doing."""
    centre.desk.people.enter_stand_in(away(centre, DAY, "shen-ruolan", 2), DAY)
    centre.clock.go(2 * 3600)

    assert on_duty(centre) == [(DAY, "roster")]
    entry = centre.desk.people.stand_ins(past=True)[0]
    with pytest.raises(AlreadyDecided):
        centre.desk.people.end_stand_in(entry.id, DAY)


def test_the_same_stand_in_twice_is_one(centre: Centre) -> None:
    """A second click; another one for the same hours is refused."""
    wish = away(centre, DAY, NIGHT)
    first, second = (centre.desk.people.enter_stand_in(wish, DAY) for _ in range(2))

    assert first.id == second.id
    with pytest.raises(StandInError, match="already away"):
        centre.desk.people.enter_stand_in(away(centre, DAY, "shen-ruolan"), DAY)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"absent": "nobody"}, UnknownPerson), ({"by": "nobody"}, UnknownPerson), ({"reason": " "}, PeopleError),
        ({"to_ms": 5, "from_ms": 1}, PeopleError), ({"to_ms": 1 << 50}, PeopleError), ({"by": DAY}, StandInError),
        ({"from_ms": 1 << 49, "to_ms": (1 << 49) - 1}, StandInError),
    ],
)  # fmt: skip
def test_a_stand_in_that_cannot_be_is_refused(
    centre: Centre, changes: dict[str, object], error: type[Exception]
) -> None:
    """Nothing is written."""
    now_ms = centre.clock.now_ms()
    values = {"absent": DAY, "by": NIGHT, "from_ms": now_ms, "to_ms": now_ms + HOUR_MS, "reason": "x", **changes}
    with pytest.raises(error):
        centre.desk.people.enter_stand_in(Wish(**values), DAY)  # type: ignore[arg-type]
    assert centre.desk.people.stand_ins(past=True) == ()


def test_a_logged_out_terminal_is_not_called(centre: Centre) -> None:
    """Resgrid 269: 登出的终端仍被呼叫. The leader is called, the worker who logged out is not, until he is back."""
    assert {who for who, _ in on_duty(centre, "chunfeng-1")} == {WORKER, "he-anping"}

    report(centre, "logged_off")
    assert on_duty(centre, "chunfeng-1") == [("he-anping", "roster")]

    centre.clock.go(60)
    report(centre, "duty_on", fact="2")
    assert WORKER in {who for who, _ in on_duty(centre, "chunfeng-1")}


def test_the_duty_key_comes_in_through_the_gateway(centre: Centre) -> None:
    """On the wire, by whoever carries the terminal as its site says, and once only."""
    take(centre, work(centre, None, "duty_off", WORKER))
    centre.desk.people.refresh()

    assert centre.desk.people.person(WORKER).said == "duty_off"
    team = centre.desk.plan.team("110105001001001", "chunfeng", "grid", centre.clock.now_ms())
    assert [person.id for person in team] == ["he-anping"]


def test_an_older_word_of_a_handheld_does_not_win(centre: Centre) -> None:
    """What was stored while it was offline comes late and in any order."""
    report(centre, "duty_off")
    centre.clock.go(-60)
    report(centre, "duty_on", fact="2")
    centre.clock.go(120)

    assert not centre.desk.plan.roster.may_page(WORKER, centre.clock.now_ms())
    row = centre.desk.people.person(WORKER)
    assert (row.said, row.on_duty, row.may_page) == ("duty_off", False, False)


def test_other_reports_say_nothing_about_duty(centre: Centre) -> None:
    """And a terminal that nobody carries is nobody's."""
    report(centre, "patrol_start")
    report(centre, "duty_off", person=None, device="unknown", fact="2")

    assert all(row.said is None for row in centre.desk.people.people())


def test_where_nobody_may_be_called_the_next_tier_hears_it(centre: Centre) -> None:
    """And where nobody at all may, those at the top do: something that burns is never told to nobody."""
    people = centre.desk.plan.roster.people
    now_ms = centre.clock.now_ms()
    for number, person in enumerate(people):
        if person.area.startswith("chunfeng"):
            report(centre, "logged_off", person.id, fact=str(number))
    team = centre.desk.plan.team("110105001001001", "chunfeng", "grid", now_ms)
    assert [person.id for person in team] == ["shen-ruolan"]

    for number, person in enumerate(people, 100):
        report(centre, "logged_off", person.id, fact=str(number))
    team = centre.desk.plan.team("110105001001001", "chunfeng", "grid", now_ms)
    assert [person.id for person in team] == ["lu-jingchuan"]


def accepted(centre: Centre, number: int) -> str:
    """An incident that the day's operator has accepted."""
    incident = centre.take(number, device=f"fd-{number}", place=f"{number}号楼")
    if centre.desk.detail(incident).row.stage == "reported":
        centre.move(incident, Move.ACCEPT, DAY)
    return incident


def test_a_shift_is_handed_over_with_its_open_incidents(centre: Centre) -> None:
    """交接班: until the receiver confirms each of them the giver has them; then the log says so."""
    incident = accepted(centre, 1)
    offered = centre.desk.people.offer(DAY, NIGHT, "注意 3 号楼")
    assert [item.incident_id for item in offered.items] == [incident]
    assert centre.desk.detail(incident).row.holder == DAY

    done = centre.desk.people.confirm(offered.id, NIGHT, [incident])

    assert (done.state, [item.incident_id for item in done.items]) == ("confirmed", [incident])
    detail = centre.desk.detail(incident)
    assert detail.row.holder == NIGHT
    assert (detail.log[-1].what, detail.log[-1].actor, detail.log[-1].reason) == ("handed_over", NIGHT, "注意 3 号楼")
    assert detail.log[-1].detail["from"] == DAY
    assert on_duty(centre) == [(NIGHT, "handheld")], "the giver goes home, the receiver is on"
    assert centre.desk.people.confirm(offered.id, NIGHT, [incident]).state == "confirmed", "twice is once"
    assert [entry.what for entry in centre.desk.detail(incident).log].count("handed_over") == 1


def test_an_incident_that_came_meanwhile_is_looked_at_first(centre: Centre) -> None:
    """Nobody takes over what he has not seen."""
    first = accepted(centre, 1)
    offered = centre.desk.people.offer(DAY, NIGHT)
    second = centre.take(9, device="lift-9", kind="lift_fault", severity="minor")
    centre.move(second, Move.ACCEPT, DAY)

    with pytest.raises(ListChanged) as refused:
        centre.desk.people.confirm(offered.id, NIGHT, [first])

    assert set(refused.value.now) == {first, second}
    assert centre.desk.detail(first).row.holder == DAY
    assert centre.desk.people.confirm(offered.id, NIGHT, [second, first]).state == "confirmed"


def test_a_hand_over_can_be_refused_and_withdrawn(centre: Centre) -> None:
    """The giver keeps everything; only whose it is may decide."""
    incident = accepted(centre, 1)
    offered = centre.desk.people.offer(DAY, NIGHT)
    assert centre.desk.people.offer(DAY, NIGHT).id == offered.id, "the same offer twice is one"
    with pytest.raises(AlreadyDecided):
        centre.desk.people.offer(DAY, "shen-ruolan")
    with pytest.raises(NotYours):
        centre.desk.people.confirm(offered.id, "shen-ruolan", [incident])
    with pytest.raises(PeopleError):
        centre.desk.people.refuse(offered.id, NIGHT, " ")

    refused = centre.desk.people.refuse(offered.id, NIGHT, "还有一处未核实")

    assert (refused.state, refused.reason) == ("refused", "还有一处未核实")
    assert centre.desk.people.refuse(offered.id, NIGHT, "again").reason == "还有一处未核实"
    with pytest.raises(AlreadyDecided):
        centre.desk.people.confirm(offered.id, NIGHT, [incident])
    again = centre.desk.people.offer(DAY, "shen-ruolan")
    with pytest.raises(NotYours):
        centre.desk.people.withdraw(again.id, NIGHT)
    assert centre.desk.people.withdraw(again.id, DAY).state == "withdrawn"
    assert centre.desk.people.withdraw(again.id, DAY).state == "withdrawn"
    assert centre.desk.detail(incident).row.holder == DAY
    assert {row.state for row in centre.desk.people.handovers(DAY)} == {"refused", "withdrawn"}


def test_clicks_at_the_same_moment_are_one(centre: Centre) -> None:
    """Two windows, two workers: one offer, one hand-over, one stand-in; every incident passes on once."""
    people = centre.desk.people
    incident = accepted(centre, 1)
    wish = away(centre, WORKER, None)
    with ThreadPoolExecutor(4) as pool:
        offers = list(pool.map(lambda _: people.offer(DAY, NIGHT).id, range(4)))
        taken = list(pool.map(lambda _: people.confirm(offers[0], NIGHT, [incident]).state, range(4)))
        entries = list(pool.map(lambda _: people.enter_stand_in(wish, DAY).id, range(4)))

    assert (set(taken), len(set(offers)), len(set(entries))) == ({"confirmed"}, 1, 1)
    assert centre.whats(incident).count("handed_over") == 1


def test_hand_overs_to_nobody(centre: Centre) -> None:
    """Unknown people, oneself, unknown numbers."""
    for giver, receiver, error in ((DAY, "x", UnknownPerson), (DAY, DAY, PeopleError)):
        with pytest.raises(error):
            centre.desk.people.offer(giver, receiver)
    with pytest.raises(UnknownEntry):
        centre.desk.people.confirm(99, NIGHT, [])
    with pytest.raises(UnknownEntry):
        centre.desk.people.handover(99)
    with pytest.raises(UnknownEntry):
        centre.desk.people.end_stand_in(99, DAY)
    with pytest.raises(UnknownPerson):
        centre.desk.people.person("x")


def test_old_entries_go_with_old_incidents(centre: Centre) -> None:
    """What still holds, or waits, stays."""
    people = centre.desk.people
    people.enter_stand_in(away(centre, DAY, None, 1), DAY)
    incident = accepted(centre, 1)
    people.confirm(people.offer(DAY, NIGHT).id, NIGHT, [incident])
    centre.clock.go(10 * 86_400)
    people.offer(DAY, NIGHT)
    people.enter_stand_in(away(centre, WORKER, None), WORKER)
    keep = Retention(centre.store, centre.clock, closed_days=5, evidence_days=0, report_days=0, track_days=0)

    assert keep.prune() == 2
    assert [row.absent for row in people.stand_ins(past=True)] == [WORKER]
    assert [row.state for row in people.handovers()] == ["offered"]


def vault() -> Vault:
    """Keys of a test."""
    return Vault({"1": b"k" * 32}, b"a" * 32)


def test_contacts_are_sealed_and_can_be_erased(centre: Centre) -> None:
    """The database holds no phone number; without the key nothing can be read or written."""
    people = centre.desk.people
    with pytest.raises(NoVault):
        people.set_contacts(DAY, {"mobile": "13800000000"}, "admin")
    people.seals = vault()

    people.set_contacts(DAY, {"mobile": "13800000000", "mail": "zhou@example.org"}, "admin")

    with centre.store.read() as session:
        assert all("138" not in row.sealed for row in session.query(Contact))
    assert people.contacts(DAY) == {"mobile": "13800000000", "mail": "zhou@example.org"}
    people.set_contacts(DAY, {"mail": None, "mobile": "13900000000"}, "admin")
    assert people.contacts(DAY) == {"mobile": "13900000000"}
    with pytest.raises(PeopleError):
        people.set_contacts(DAY, {"shoe_size": "44"}, "admin")


def test_a_site_gets_its_workers_with_their_terminals(centre: Centre) -> None:
    """person ↔ handheld, as the site file of the gateway names them; who has none is not in it."""
    assert centre.desk.people.site("chunfeng") == ()
    assert centre.desk.people.site("nowhere") == ()
    document = dict(centre.desk.plan.document("people"))
    lin = {"id": "lin", "name": '林"知"夏', "role": "grid_worker", "area": "chunfeng-1", "device": "hh-1"}
    document |= {"people": [*document["people"], lin], "duty": [{"person": "lin", "hours": "08:00-20:00"}]}
    centre.desk.plans.apply(PlanWish(section="people", document=document, who="a", why="b"))

    (told,) = tomllib.loads(as_toml(centre.desk.people.site("chunfeng")))["people"]

    assert set(told) == {field.name for field in fields(PersonEntry)}
    entry = PersonEntry(**{**told, "duty": tuple(told["duty"])})
    assert (entry.name, entry.device, entry.grid) == ('林"知"夏', "hh-1", "110105001001001")
    assert entry.duty == ("08:00-20:00",)
    assert centre.desk.people.site("heping") == ()


def test_whose_account_was_taken_away_is_not_called(centre: Centre) -> None:
    """From the next look on, also in another process."""
    accounts = web_trust(centre).accounts
    accounts.add(WORKER, (), by="test", links_only=True)
    accounts.enable(WORKER, on=False, by="test")
    centre.desk.people.refresh()

    team = centre.desk.plan.team("110105001001001", "chunfeng", "grid", centre.clock.now_ms())
    assert [person.id for person in team] == ["he-anping"]
    assert not centre.desk.people.person(WORKER).may_page
