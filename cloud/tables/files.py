"""Tables as files to take away: what forms there are, and the answer that a browser keeps as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from fastapi.responses import Response

from cloud.tables.sheets import to_csv, to_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"csv": ("text/csv; charset=utf-8", to_csv), "xlsx": (XLSX, to_xlsx)}  # by the end of a file's name
# of a route that answers so, for its description
ANSWERS: dict[int | str, dict[str, object]] = {200: {"content": {media: {} for media, _ in FORMS.values()}}}


def file_of(name: str, form: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A table as a file in one of FORMS."""
    media, write = FORMS[form]
    return attached(f"{name}.{form}", media, write(heading, rows))


def attached(name: str, media: str, content: bytes | str) -> Response:
    """Content as a file of that name."""
    return Response(content, media_type=media, headers=headers_of(name))


def headers_of(name: str) -> dict[str, str]:
    """To be kept under that name, and by nobody on the way."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    told = "" if plain == name else f"; filename*=UTF-8''{quote(name)}"  # RFC 6266: a header holds ASCII only
    return {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{plain}"{told}'}
