"""What "all channels" of an export means."""

from __future__ import annotations

from dataclasses import replace

from cloud.history.asking import BadAsk
from cloud.history.exports.wish import Wish
from cloud.history.personal import POSITIONS, impersonal
from cloud.history.port import Series

ONE_BY_ONE = 8  # devices; of more the whole list is asked once


def plain(series: Series, wish: Wish) -> Wish:
    """Without positions of people where nobody asked for them by name. Raises BadAsk where nothing else is left."""
    if wish.channels:
        return wish
    wanted = set(wish.devices)
    asked = [series.known(one) for one in wanted] if len(wanted) <= ONE_BY_ONE else [series.known()]
    names = {one.channel for known in asked for one in known if one.device in wanted}
    if names.isdisjoint(POSITIONS):
        return wish
    if kept := impersonal(sorted(names)):
        return replace(wish, channels=tuple(kept))
    raise BadAsk("channel", "there are only positions of people: name lat and lon, which needs the right track_read")
