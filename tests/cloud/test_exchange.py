"""Tables into the plan and out of it: whole or not at all, by use case and over HTTP."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from cloud.plans.errors import PlanConflict
from cloud.tables.exchange import Order, Outcome, UnknownTable
from cloud.tables.files import FORMS
from cloud.tables.specs import SPECS
from cloud.trust.vault import Vault
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client

KEYS = Vault({"1": b"k" * 32}, b"a" * 32)
HEAD = "编号,姓名,角色,区域,手机,每日值班"
GOOD = f"{HEAD}\nbai-lu,白鹿,网格员,春风第二网格,13800000000,08:00-20:00\nlin-zhixia,林知夏,网格长,chunfeng-1,,"
BAD = f"{HEAD}\nbai-lu,白鹿,网格员,chunfeng-2,138,\nx,,国王,火星,,25:00-26:00"


def take(centre: Centre, text: str, table: str = "people", **more: Any) -> Outcome:
    """Import a CSV."""
    order = Order(table=table, data=text.encode(), who="admin", why="新学期名单", **more)
    return centre.desk.tables.take(order, KEYS)


def test_a_dry_run_says_everything_and_changes_nothing(centre: Centre) -> None:
    """Who comes, who changes; the plan and the contacts stay."""
    outcome = take(centre, GOOD, dry_run=True)

    assert (outcome.added, outcome.changed, outcome.done) == (("bai-lu",), ("lin-zhixia",), False)
    assert outcome.contacts == 2
    assert not centre.desk.plan.roster.knows("bai-lu")
    assert centre.desk.plan.number("people") == 0


def test_an_import_is_a_version_of_the_plan_and_its_contacts(centre: Centre) -> None:
    """Live at once, with who and why in the history; phones sealed beside it."""
    centre.desk.people.seals = KEYS

    outcome = take(centre, GOOD)

    assert (outcome.done, outcome.version) == (True, 1)
    person = centre.desk.plan.roster.get("bai-lu")
    assert person is not None
    assert (person.area, person.role, person.name) == ("chunfeng-2", "grid_worker", "白鹿")
    assert centre.desk.people.contacts("bai-lu") == {"mobile": "13800000000"}
    assert "138" not in str(centre.desk.plan.document("people"))
    history = centre.desk.plans.history("people")
    assert [(row.who, row.why) for row in history] == [("admin", "新学期名单")]
    again = take(centre, GOOD)
    assert (again.added, again.changed, again.version) == ((), (), 1), "the same file again is no version"


def test_one_fault_and_nothing_is_stored(centre: Centre) -> None:
    """All faults at once, with row and column."""
    outcome = take(centre, BAD)

    assert not outcome.done
    assert [(fault.row, fault.column) for fault in outcome.faults] == [
        (3, "姓名"),
        (3, "角色"),
        (3, "区域"),
        (3, "每日值班"),
    ]
    assert centre.desk.plan.number("people") == 0
    assert take(centre, "").faults[0].en.startswith("the file is empty")


def test_what_does_not_fit_the_rest_of_the_plan_is_a_fault(centre: Centre) -> None:
    """Two people with one handheld: no single row is wrong, the whole is."""
    outcome = take(centre, "编号,姓名,角色,区域,手持终端\na,甲,网格员,chunfeng-1,hh-1\nb,乙,网格员,chunfeng-1,hh-1")

    assert [fault.row for fault in outcome.faults] == [0]
    assert "hh-1" in outcome.faults[0].en


def test_departments_duty_areas_and_facilities(centre: Centre) -> None:
    """One after the other, each referring to the one before by name."""
    outcome = take(centre, "编号,名称,区域,事项\nwater,水务所,向阳街道,hazard;burst_main", "departments")
    assert outcome.done
    assert "water · 这些部门没有人员" in outcome.hints[0]
    assert take(centre, "编号,姓名,角色,区域,部门\nhan,韩江,部门人员,xiangyang,水务所").done
    assert take(centre, "人员,时间,星期\n韩江,08:00-08:00,周一至周五", "roster").done
    assert take(centre, "编号,名称,区域,层数\nb1,一号楼,春风第一网格,6", "buildings").done
    assert take(centre, "编号,名称,类别,区域,楼栋\nh1,门前消火栓,消火栓,chunfeng-1,一号楼", "facilities").done
    areas = "编号,上级,层级,名称,编码\nchunfeng-9,春风社区,grid,春风第九网格,110105001001009"
    assert take(centre, areas, "areas", accept_findings=True).done

    plan = centre.desk.plan
    found = plan.departments.for_matter(["hazard"], [area.id for area in plan.areas.locate("110105001001009", "")])
    assert found is not None
    assert found.id == "water"
    assert [one.id for one in plan.department_on_duty("water", centre.clock.now_ms())] == ["han"]
    assert "门前消火栓" in [row.name for row in plan.facilities.of_area("chunfeng-1")]


def test_the_plan_goes_out_and_in_again(centre: Centre) -> None:
    """Every table in both forms: no difference."""
    take(centre, "人员,时间,星期\nlin-zhixia,08:00-08:00,周一至周五", "roster")
    for name, spec in SPECS.items():
        before = centre.desk.plan.document(spec.section)
        for form in FORMS:
            _, data = centre.desk.tables.give(name, form)
            order = Order(table=name, data=data, who="a", why="b", dry_run=True, replace=True)
            outcome = centre.desk.tables.take(order, KEYS)

            assert [str(fault) for fault in outcome.faults] == []
            assert (outcome.added, outcome.changed, outcome.removed) == ((), (), ())
            assert outcome.same == len(before.get(spec.rows, ()))


def test_contacts_go_out_only_with_the_keys(centre: Centre) -> None:
    """For who may read them."""
    take(centre, GOOD)

    assert b"13800000000" not in centre.desk.tables.give("people", "csv")[1]
    assert b"13800000000" in centre.desk.tables.give("people", "csv", KEYS)[1]
    for table, form in (("people", "pdf"), ("cats", "csv")):
        with pytest.raises(UnknownTable):
            centre.desk.tables.give(table, form)


def test_who_is_slower_is_told(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and storing somebody else stored a version: nothing of it is lost."""
    shown = centre.desk.plans.show("people")
    take(centre, GOOD)
    monkeypatch.setattr(centre.desk.plans, "show", lambda _section: shown)

    with pytest.raises(PlanConflict):
        take(centre, f"{HEAD}\nother,他人,网格员,chunfeng-1,,")


async def test_over_http(centre: Centre) -> None:
    """Upload, faults, dry run, download; duty, stand-ins, hand-overs."""
    centre.desk.people.seals = KEYS
    async with web_client(centre) as client:
        files = {"file": ("people.csv", GOOD.encode("gbk"), "text/csv")}
        dry = await client.post("/api/tables/people", files=files, data={"why": "名单", "dry_run": "true"})
        assert (dry.status_code, dry.json()["added"]) == (200, ["bai-lu"])
        bad = await client.post("/api/tables/people", files={"file": ("p.csv", BAD.encode())}, data={"why": "名单"})
        assert bad.status_code == 422
        assert bad.json()["faults"][0] == {
            "row": 3, "column": "姓名", "value": "", "zh": "不能为空", "en": "must not be empty",
        }  # fmt: skip
        assert (await client.post("/api/tables/people", files=files, data={"why": "名单"})).json()["done"]
        got = await client.get("/api/tables/people", params={"form": "xlsx"})
        sheet = openpyxl.load_workbook(io.BytesIO(got.content)).worksheets[0]
        assert "bai-lu" in [cell.value for cell in sheet["A"]]
        personal = await client.get("/api/personal-tables/people")
        assert "13800000000" in personal.text
        people = (await client.get("/api/people")).json()
        assert "13800000000" not in str(people)
        assert {"bai-lu", "zhou-mingyuan"} <= {row["id"] for row in people}


async def test_duty_over_http(centre: Centre) -> None:
    """A stand-in, a shift handed over, contacts: what is refused says why in both languages."""
    centre.desk.people.seals = KEYS
    now_ms = centre.clock.now_ms()
    async with web_client(centre) as client:
        away = {"absent": "zhou-mingyuan", "by": "qin-yue", "from_ms": now_ms, "to_ms": now_ms + 3_600_000,
                "reason": "培训", "actor": "shen-ruolan"}  # fmt: skip
        entered = await client.post("/api/stand-ins", json=away)
        assert (entered.status_code, entered.json()["stand_in_name"]) == (201, "秦越")
        duty = {row["id"]: row for row in (await client.get("/api/duty")).json()}
        assert duty["chunfeng"]["people"][0]["instead_of"] == "zhou-mingyuan"
        again = await client.post("/api/stand-ins", json={**away, "by": "shen-ruolan"})
        assert (again.status_code, again.json()["title_zh"]) == (422, "代班登记有误")
        assert len((await client.get("/api/stand-ins")).json()) == 1
        ended = await client.post(f"/api/stand-ins/{entered.json()['id']}/end", json={"actor": "shen-ruolan"})
        assert ended.json()["ended_by"] == "shen-ruolan"

        offered = await client.post("/api/shift-handovers", json={"receiver": "qin-yue", "actor": "zhou-mingyuan"})
        place = f"/api/shift-handovers/{offered.json()['id']}"
        stale = await client.post(f"{place}/confirm", json={"seen": ["x"], "actor": "qin-yue"})
        assert (stale.status_code, stale.json()["incidents"]) == (409, [])
        assert (await client.post(f"{place}/withdraw", json={"actor": "qin-yue"})).status_code == 403
        done = await client.post(f"{place}/confirm", json={"seen": [], "actor": "qin-yue"})
        assert done.json()["state"] == "confirmed"
        late = await client.post(f"{place}/refuse", json={"reason": "x", "actor": "qin-yue"})
        assert late.status_code == 409

        assert (await client.put("/api/people/qin-yue/contacts", json={"mobile": "139"})).status_code == 204
        assert (await client.get("/api/people/qin-yue/contacts")).json() == {"mobile": "139"}
        assert (await client.get("/api/people/x/contacts")).status_code == 404
        nul = await client.post(
            "/api/shift-handovers", json={"receiver": "qin-yue", "note": "a\0", "actor": "he-anping"}
        )
        assert nul.status_code == 422, "PostgreSQL holds no NUL"
        assert (await client.get("/api/departments")).status_code == 200
        assert (await client.get("/api/site-people", params={"site": "chunfeng"})).json() == []


async def test_everybody_gets_the_people_of_his_areas(sqlite_centre: Centre) -> None:
    """Names, duty and phone numbers; who may not write is refused before anything is read."""
    sqlite_centre.desk.people.seals = KEYS
    take(sqlite_centre, "人员,时间\nlin-zhixia,08:00-20:00\npei-xingzhou,08:00-20:00", "roster")
    async with web_client(sqlite_centre, "zhou-mingyuan") as client:
        for path in ("/api/tables/people", "/api/personal-tables/people", "/api/tables/roster"):
            text = (await client.get(path)).text
            assert "lin-zhixia" in text, path
            assert "pei-xingzhou" not in text, path
        files = {"file": ("people.csv", GOOD.encode())}
        assert (await client.post("/api/tables/people", files=files, data={"why": "x"})).status_code == 403
        other = await client.get("/api/people/pei-xingzhou/contacts")
        assert other.status_code == 403
        assert {row["id"] for row in (await client.get("/api/people")).json()} >= {"lin-zhixia", "zhou-mingyuan"}
