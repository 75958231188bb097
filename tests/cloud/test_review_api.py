"""The review over HTTP: figures, the incidents behind them and the files, each only of one's own areas."""

from __future__ import annotations

import csv
import io

import openpyxl

from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.flowing import WORKER
from tests.cloud.test_doors import as_token
from tests.cloud.test_review import ONE, district
from tests.cloud.web import web_client, web_trust


async def test_a_number_and_what_is_behind_it(sqlite_centre: Centre) -> None:
    """The same filter counts, lists and writes the file."""
    made = district(sqlite_centre)
    wish = {"kind": "camera_fault", "due": "accept", "outcome": "missed"}
    async with web_client(sqlite_centre) as web:
        summary = (await web.get("/api/review/summary", params=wish)).json()
        page = (await web.get("/api/review/cases", params={**wish, "order": "late", "size": 1})).json()
        text = await web.get("/api/review/cases.csv", params={**wish, "lang": "en"})
        book = await web.get("/api/review/cases.xlsx", params=wish)
        faulty = await web.get("/api/review/summary", params={"outcome": "met"})
        unread = await web.get("/api/review/cases", params={"hour": "24"})
    assert summary["totals"]["count"] == page["total"] == page["pages"] == 2
    assert sum(map(sum, summary["hours"])) == 2
    assert [len(page["rows"]), page["rows"][0]["grid"] != ""] == [1, True]
    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert {row["number"] for row in rows} == {made["late"], made["open"]}
    assert {row["overdue"] for row in rows} == {"acceptance, the whole"}
    assert rows[0]["reported"].startswith("2026-11-22 13:11")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert (sheet.max_row, sheet.cell(1, 1).value) == (3, "编号")
    assert (faulty.status_code, faulty.json()["type"]) == (422, "urn:gridwhistle:problem:review-unusable")
    assert unread.status_code == 422


async def test_lists_of_what_somebody_did_are_on_record(sqlite_centre: Centre) -> None:
    """And files; of whom one sees nothing, a filter tells no name."""
    district(sqlite_centre)

    def looks() -> int:
        return sum(row.action == "review_read" for row in web_trust(sqlite_centre).trail.entries(50))

    async with web_client(sqlite_centre) as web:
        await web.get("/api/review/cases")
        await web.get("/review/incidents")
        assert looks() == 0
        await web.get("/api/review/cases", params={"handled_by": WORKER})
        named = (await web.get("/review/incidents", params={"handled_by": WORKER, "when": "now"})).text
        nobody = (await web.get("/review/incidents", params={"verified_by": WORKER, "when": "now"})).text
        await web.get("/api/review/cases.csv")
        assert looks() == 4
    name = sqlite_centre.desk.plan.name_of(WORKER)
    assert (f"：{name}" in named, f"：{name}" in nobody) == (True, False)


async def test_only_ones_own_areas(sqlite_centre: Centre) -> None:
    """A leader of one grid counts that grid's; a worker counts none."""
    district(sqlite_centre)
    areas = sqlite_centre.desk.plan.areas
    home = areas.of_code(ONE)
    assert home is not None
    async with as_token(sqlite_centre, Role.GRID_LEADER, home.id) as web:
        page = (await web.get("/api/review/cases")).json()
        summary = (await web.get("/api/review/summary")).json()
    async with as_token(sqlite_centre, Role.GRID_WORKER, home.id, name="worker") as web:
        refused = await web.get("/api/review/summary")
    assert {row["grid"] for row in page["rows"]} == {ONE}
    assert summary["totals"]["count"] == page["total"] == 2
    assert refused.status_code == 403
