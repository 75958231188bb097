"""Sections as files: out as JSON, GeoJSON or a table; in into the draft, where what would change is seen first."""

from __future__ import annotations

import json
import tomllib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from cloud.console.planning.bench import HERE, Bench, Benches, Posted, Reader, SectionName, text_of
from cloud.console.planning.fields import Part
from cloud.console.planning.said import of_file
from cloud.plan.files import plain
from cloud.plan.sections import Document, areas_of
from cloud.plans.drafts import DraftChanged
from cloud.plans.given import text_of as decoded
from cloud.plans.writing import DOCUMENT_MAX_BYTES
from cloud.tables.faults import Fault
from cloud.tables.files import attached
from cloud.tables.specs import SPECS
from domain.geojson import GeoJsonError, read_areas, write_areas
from domain.grids import AreaError

TABLES = {section: tuple(name for name, spec in SPECS.items() if spec.section == section) for section in
          {spec.section for spec in SPECS.values()}}  # fmt: skip
SHEETS = (".csv", ".xlsx", ".txt")
Form = Annotated[Literal["json", "geojson"], Query(description="as what")]


class BadFileError(ValueError):
    """A file that cannot be taken; the text says why."""


def add_routes(router: APIRouter, benches: Benches) -> None:
    """/plan/{section}/file."""
    pages = FilePages(benches)
    router.add_api_route(f"{HERE}/{{section}}/file", pages.show)
    router.add_api_route(f"{HERE}/{{section}}/file", pages.take, methods=["POST"])
    router.add_api_route(f"{HERE}/{{section}}/export", pages.give)


class FilePages:
    """The handlers."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches

    def show(self, request: Request, caller: Reader, section: SectionName) -> Response:
        """What can be taken out, and the form to put in."""
        return self._page(request, self._benches.open(request, caller, section))

    def give(self, request: Request, caller: Reader, section: SectionName, form: Form = "json") -> Response:
        """The version in force as a file; people of other areas are left out."""
        bench = self._benches.open(request, caller, section)
        document: Any = bench.cut(bench.current)
        if form == "geojson":
            document = write_areas(areas_of(self._benches.desk.plan.document("areas")))
        name = f"gridwhistle-{section}-{bench.number}.{form}"
        return attached(name, "application/json", json.dumps(document, ensure_ascii=False, indent=1))

    def take(self, request: Request, caller: Reader, section: SectionName, form: Posted) -> Response:
        """Put a file into the draft; nothing counts before it is looked at and stored."""
        bench = self._benches.open(request, caller, section)
        if not bench.rights.whole:
            bench.rights.insist()
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return self._page(request, bench, wrong=bench.wording.words.t("plan.file.none"), status=422)
        data = file.file.read(DOCUMENT_MAX_BYTES + 1)
        name = file.filename.lower()
        try:
            if name.endswith(SHEETS):
                merged = self._benches.desk.tables.merged(
                    _table(section, text_of(form, "table")), data, bench.document, replace=bool(form.get("replace"))
                )
                if merged.faults:
                    return self._page(request, bench, faults=merged.faults, count=merged.faults_count, status=422)
                new, contacts = merged.document, len(merged.taken.contacts) if merged.taken else 0
            else:
                new, contacts = _document(bench, name, data), 0
            if new != bench.document:
                self._benches.drafts.save(bench.draft, new)
        except DraftChanged:
            return self._page(request, bench, wrong=bench.wording.words.t("plan.window"), status=409)
        except (BadFileError, GeoJsonError, AreaError) as error:
            words = bench.wording.words
            wrong = words.t("plan.file.unfit", what=of_file(str(error), words))
            return self._page(request, bench, wrong=wrong, status=422)
        more = f"?contacts={contacts}" if contacts else ""
        return RedirectResponse(f"{HERE}/{section}/preview{more}", status_code=303)

    def _page(
        self, request: Request, bench: Bench, *, wrong: str = "", faults: tuple[Fault, ...] = (), count: int = 0,
        status: int = 200,
    ) -> Response:  # fmt: skip
        values: dict[str, Any] = {
            "tables": TABLES.get(bench.section, ()), "wrong": wrong, "faults": faults, "count": count,
        }  # fmt: skip
        return self._benches.html(request, "file.html", bench, status=status, **values)


def _table(section: str, name: str) -> str:
    tables = TABLES.get(section, ())
    if name in tables:
        return name
    if not tables:
        raise BadFileError("this section has no tables; give JSON or TOML · 这一部分没有表格，请用 JSON 或 TOML")
    return tables[0]


def _document(bench: Bench, name: str, data: bytes) -> Document:
    """The draft with what a file says; boundaries go into its areas. Raises BadFileError, GeoJsonError."""
    if len(data) > DOCUMENT_MAX_BYTES:
        raise BadFileError(f"more than {DOCUMENT_MAX_BYTES >> 20} MB · 文件过大")
    try:
        text = decoded(data)
        found = plain(tomllib.loads(text)) if name.endswith(".toml") else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFileError(
            f"not JSON or TOML in UTF-8 or GBK: {error} · 不是 UTF-8 或 GBK 编码的 JSON 或 TOML"
        ) from None
    if not isinstance(found, dict):
        raise BadFileError("must hold one JSON object · 须为一个 JSON 对象")
    if bench.section == "areas" and found.get("type") == "FeatureCollection":
        return read_areas(bench.document, found)
    if not all(isinstance(found.get(part.name, []), list) for part in bench.parts if not part.single):
        raise BadFileError("its lists are no lists; export one to see the form · 列表格式有误，可先导出一份对照")
    known = {name for part in bench.parts for name in _names(part)}
    if found and not known & set(found):
        raise BadFileError("it is of another section · 不是这一部分的文件")
    return found


def _names(part: Part) -> set[str]:
    """What of a document a part holds."""
    return {field.name.partition(".")[0] for field in part.fields} if part.single else {part.name}
