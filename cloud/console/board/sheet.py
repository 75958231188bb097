"""All that the templates of the board draw, for one person and one wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from markupsafe import Markup

from cloud.board.choosing import BOARD_MAX
from cloud.console.board.drawing import Card, Drawing, State, rows_of
from cloud.console.board.floods import Entry, Flood, grouped, nodes_of
from cloud.console.board.side import side_of
from cloud.console.board.wishes import ROWS, Wish, told
from cloud.console.looking import look_of, picture_of
from cloud.console.picture import Picture
from cloud.console.view import View, visitor
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.words.times import local_day

Here = Mapping[str, tuple[str, ...]]  # incident -> names of those at its page


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One board, laid out and not drawn yet."""

    request: Request
    wish: Wish
    picture: Picture
    fires: tuple[Card, ...]
    rest: tuple[Card, ...]
    state: State
    values: Mapping[str, Any]


def sheet_of(desk: Desk, drawing: Drawing, request: Request, wish: Wish) -> Sheet:
    """As it is now."""
    words = visitor(request).words
    look = look_of(desk, request, wish.filter)
    picture = picture_of(desk, request, look)
    here = {one: tuple(who.name for who in people) for one, people in desk.presence.watching().items()}
    entries = grouped(picture.rest, desk.plan.areas)
    fires, rest = (
        tuple(_card(entry, wish, words, look.outside, here, picture.now_ms) for entry in some)
        for some in (picture.fires, entries[: wish.rows])
    )
    later = rows_of(entries[wish.rows :]) + picture.more
    side = side_of(picture.gateways)
    around = (wish, words.lang, picture.headline, picture.deaf, picture.last_contact_ms, later, picture.hidden,
              picture.closed, local_day(picture.now_ms, words.offset_min))  # fmt: skip
    state = drawing.state((*fires, *rest), (*around, repr(side)))
    values = {
        "picture": picture, "page": "board", "wish": wish, "state": state, "side": side, "later": later,
        "told": told(wish.filter, words, desk.plan.areas), "rows_next": min(wish.rows + ROWS, BOARD_MAX),
        "rows_step": min(ROWS, later), "rows_max": BOARD_MAX,
    }  # fmt: skip
    return Sheet(request=request, wish=wish, picture=picture, fires=fires, rest=rest, state=state, values=values)


def drawn(sheet: Sheet, view: View, drawing: Drawing, had: State | None) -> dict[str, Any]:
    """For a page that has `had`: rows that it has are only named."""
    return _with_rows(sheet, lambda card: drawing.draw(card, had, lambda one: _text(sheet, view, one)))


def drawn_afresh(sheet: Sheet, view: View) -> dict[str, Any]:
    """For a page that may have no scripts: nothing on it may have been counted on before."""
    return _with_rows(sheet, lambda card: Markup(_text(sheet, view, card)))  # noqa: S704 - a template escapes


def _with_rows(sheet: Sheet, row: Any) -> dict[str, Any]:
    return {**sheet.values, "fires": [row(card) for card in sheet.fires], "rest": [row(card) for card in sheet.rest]}


def _text(sheet: Sheet, view: View, card: Card) -> str:
    template = "_flood.html" if isinstance(card.entry, Flood) else "_card.html"
    return view.text(sheet.request, template, picture=sheet.picture, card=card, wish=sheet.wish)


def _card(entry: Entry, wish: Wish, words: Words, outside: frozenset[str], here: Here, now_ms: int) -> Card:
    ids = {place.id for node in nodes_of(entry) for place in node.places}
    return Card(
        entry=entry,
        outside=bool(ids & outside),
        opened=isinstance(entry, Flood) and entry.key in wish.opened,
        lang=words.lang,
        day=local_day(now_ms, words.offset_min),
        here=tuple(sorted({name for one in ids & here.keys() for name in here[one]})),
    )
