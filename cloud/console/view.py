"""Turns templates into answers: who looks, in which language and colours, under which security headers."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cloud.console import picture
from cloud.console.assets import Assets
from cloud.console.forms import BY_PHONE, REASONED, SURE
from cloud.console.rooms import is_here, rooms_of
from cloud.console.texts import DEFAULT, LANGUAGES
from cloud.console.words import Words
from cloud.plan import Plan
from cloud.trust.principals import Principal
from domain.incidents import BESIDE

THEMES = ("night", "day")
KEYS = ("on", "off")
YEAR_S = 365 * 24 * 3600
PACK_ABOVE = 1024  # bytes; below, compression costs more than it saves
# Only our own files, no inline script or style, no frame around us
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# what live.js, sound.js and drafts.js say by themselves
SPOKEN = (
    "live.age", "live.on", "live.wait", "live.off", "live.lost", "live.unsent", "live.ago", "sound.locked", "sound.on",
    "sound.ringing", "sound.silenced", "unit.day", "site.name", "notify.on", "notify.off", "notify.refused",
    "notify.insecure", "notify.missing", "notify.tested",
    "list.sep", "sep.colon", "sep.comma", "sep.part", "in.brackets",
    "dismiss", "inc.moved.typed", "inc.plot.limit", "inc.plot.clear", "inc.plot.breach",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks, as his session and the cookies say."""

    words: Words
    theme: str
    operator: str | None  # who is logged in
    keys: str = KEYS[0]  # off: no single key does anything


def visitor(request: Request) -> Visitor:
    """Reads ?lang= and ?theme= before the cookies; what is not known counts as not said."""
    plan: Plan = request.app.state.plan
    lang = _choice(request, "lang", tuple(LANGUAGES), DEFAULT)
    theme = _choice(request, "theme", THEMES, THEMES[0])
    principal: Principal | None = getattr(request.state, "principal", None)
    return Visitor(
        words=Words(lang, plan.offset_min),
        theme=theme,
        operator=principal.actor if principal else None,
        keys=_choice(request, "keys", KEYS, KEYS[0]),
    )


def _choice(request: Request, name: str, known: tuple[str, ...], default: str) -> str:
    for said in (request.query_params.get(name), request.cookies.get(name)):
        if said in known:
            return said
    return default


class View:
    """The templates, compiled once."""

    def __init__(self, plan: Plan) -> None:
        self.assets = Assets()
        self._plan = plan
        self._env = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.globals.update(
            asset=self.assets.url, complete=self.assets.complete, version=self.assets.version, stages=picture.STAGES,
            next_move=picture.next_move, themes=THEMES,
            reasoned=REASONED, beside=tuple(BESIDE), by_phone=BY_PHONE, sure=SURE,
            is_here=is_here,
        )  # fmt: skip

    def know(self, **names: Any) -> None:
        """Give every template a name of a room's own."""
        self._env.globals.update(names)

    def html(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """Render for whoever looks; compressed where the browser takes it."""
        body = self.text(request, template, **values)
        response = packed(request, body.encode(), "text/html; charset=utf-8", status)
        _remember(request, response, visitor(request))
        return response

    def text(self, request: Request, template: str, **values: Any) -> str:
        """A template as whoever looks wants it."""
        who = visitor(request)
        words = who.words
        return self._env.get_template(template).render(
            w=words,
            t=words.t,
            visitor=who,
            operator_name=self._plan.roster.name_of(who.operator) if who.operator else None,
            spoken=partial(_spoken, words),
            rooms=partial(rooms_of, request),
            levels=self._plan.areas.levels,
            name_of=self._plan.name_of,
            path=request.url.path,
            **values,
        )


def _spoken(words: Words) -> str:
    return json.dumps({key: words.t(key) for key in SPOKEN}, ensure_ascii=False)


def packed(request: Request, body: bytes, media: str, status: int = 200) -> Response:
    """An answer with our security headers, compressed where that helps."""
    headers = dict(HEADERS, Vary="Accept-Encoding")
    if len(body) > PACK_ABOVE and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status_code=status, media_type=media, headers=headers)


def _remember(request: Request, response: Response, who: Visitor) -> None:
    for name, value in (("lang", who.words.lang), ("theme", who.theme), ("keys", who.keys)):
        if name in request.query_params:
            response.set_cookie(name, value, max_age=YEAR_S, samesite="lax", httponly=True)
