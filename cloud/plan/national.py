"""The national calendar of China, as the library chinesecalendar publishes it year by year."""

from __future__ import annotations

from datetime import date

from chinese_calendar.constants import holidays, workdays

_KNOWN = frozenset(day.year for day in holidays)


class ChineseDays:
    """Holidays and make-up working days (调休) by the notices of the State Council."""

    def knows(self, year: int) -> bool:
        """True where the library has the notice for this year; update it every November."""
        return year in _KNOWN

    def says(self, day: date) -> bool | None:
        """True for a made-up working day, False for a holiday, None for a day like any other."""
        if day in workdays:
            return True
        return False if day in holidays else None
