"""Values of the plan in words: for tables, for sentences, for differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloud.console.planning.choices import Choices
from cloud.console.planning.fields import Field, Part, get
from cloud.console.planning.values import WEEK
from cloud.console.words import Words
from domain.geo import ShapeError, area_m2, read_shape

SHORT = 4  # of a long list, in a table
CHOSEN = ("choice", "choices", "refs")
WHOLE = ("weekdays", "steps", "point")  # lists that are one value


@dataclass(frozen=True, slots=True)
class Wording:
    """How one page words things."""

    words: Words
    choices: Choices

    def label(self, part: Part, field: Field) -> str:
        """What a field is called."""
        return self.words.all.get(field.label or f"plan.f.{part.name}.{field.name}", field.name)

    def hint(self, part: Part, field: Field) -> str:
        """What to know about it; often nothing."""
        return self.words.all.get(f"plan.h.{part.name}.{field.name}", "")

    def group(self, name: str) -> str:
        """The heading of a group of fields."""
        what, _, level = name.partition(":")
        if level:
            return self.words.t("plan.g.tier", tier=self.words.code("tier", level))
        return self.words.all.get(f"plan.g.{what}", what)

    def cell(self, field: Field, row: Mapping[str, Any], most: int = SHORT) -> str:
        """A field of a row, as short as a table wants it."""
        value = get(row, field.name)
        return self.value(field, field.default if value is None else value, most)

    def value(self, field: Field, value: Any, most: int = 99) -> str:
        """One value in words; empty for none."""
        if value is None or value in ("", []):
            return ""
        if field.kind in CHOSEN:
            names = self.choices.names(field.source)
            items = value if isinstance(value, list) else [value]
            return self._listed([names.get(str(item), str(item)) for item in items], most)
        said = self._said.get(field.kind)
        if isinstance(value, list) and field.kind not in WHOLE:
            return self._listed([said(one) if said else str(one) for one in value], most)
        return said(value) if said else str(value)

    @property
    def _said(self) -> Mapping[str, Callable[[Any], str]]:
        """kind -> one value of it in words."""
        return {
            "boundary": _size,
            "flag": lambda value: self.words.t("plan.yes" if value else "plan.no"),
            "weekdays": self.days,
            "steps": lambda steps: self.chain({"steps": steps}),
            "span": self.span,
            "hours": self.hours,
            "hours_list": self.hours,
        }

    def _listed(self, texts: list[str], most: int) -> str:
        sep = self.words.t("list.sep")
        more = self.words.t("plan.more", n=len(texts) - most) if len(texts) > most else ""
        return sep.join(texts[:most]) + more

    def span(self, text: Any) -> str:
        """15 分钟, 4 工作时."""
        number, _, unit = str(text).partition(" ")
        unit = f"{unit}s" if unit in ("working hour", "working day") else unit
        name = self.words.all.get(f"plan.u.{unit.replace(' ', '_')}")
        return f"{number} {name}" if name else str(text)

    def hours(self, text: str) -> str:
        """20:00–次日 08:00."""
        start, _, end = str(text).partition("-")
        if (start, end) == ("00:00", "24:00") or start == end:
            return self.words.t("plan.whole_day" if start == "00:00" else "plan.day_watch", start=start)
        next_day = self.words.t("plan.next_day") if end < start else ""
        return f"{start}–{next_day}{end}"

    def days(self, days: Any) -> str:
        """周一至周五, 周六、周日; 每天 for all of them."""
        chosen = sorted({int(day) for day in days or WEEK})
        if chosen == list(WEEK):
            return self.words.t("plan.daily")
        names = [self.words.t(f"plan.day.{day}") for day in chosen]
        if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
            return self.words.t("plan.from_to", first=names[0], last=names[-1])
        return self.words.t("list.sep").join(names)

    def shift(self, rule: Mapping[str, Any]) -> str:
        """A rule of the roster as a sentence."""
        every = int(rule.get("every") or 1)
        parts = [self._when(rule, every)]
        parts.append(self.hours(str(rule.get("hours", "?"))))
        if every == 1 and rule.get("first"):
            parts.append(self.words.t("plan.since", day=rule["first"]))
        if rule.get("last"):
            parts.append(self.words.t("plan.until", day=rule["last"]))
        if rule.get("not_on"):
            parts.append(self.words.t("plan.not_on", days=self._listed(list(rule["not_on"]), SHORT)))
        if rule.get("area"):
            area = str(rule["area"])
            parts.append(self.words.t("plan.only_in", area=self.choices.names("areas").get(area, area)))
        return " ".join(parts)

    def _when(self, rule: Mapping[str, Any], every: int) -> str:
        if rule.get("dates"):
            return self._listed([str(day) for day in rule["dates"]], SHORT)
        days = self.days(rule.get("weekdays"))
        if every == 1:
            return days
        cycle = self.words.t("plan.cycle", n=every, day=rule.get("first", "?"))
        return cycle if len(rule.get("weekdays") or WEEK) == len(WEEK) else f"{cycle} {days}"

    def target(self, target: str) -> str:
        """Whom a step tells."""
        what, _, name = target.partition(":")
        if what == "person":
            label = self.choices.names("people").get(name, name)
            return label.partition(" · ")[0]
        return self.choices.names("targets").get(target, target)

    def steps(self, steps: Any) -> list[str]:
        """Each step of a chain in words, in order: 立即 → 街道, 2 分钟未受理 → 区."""
        found: list[str] = []
        for step in steps or ():
            wait = step.get("wait")
            when = (
                self.words.t("plan.step.after", span=self.span(wait))
                if wait
                else self.words.t("plan.step.at_once" if not found else "plan.step.with")
            )
            times = int(step.get("times", 1))
            again = self.words.t("plan.step.times", n=times) if times > 1 else ""
            found.append(
                self.words.t("plan.step", when=when, who=self.target(str(step.get("notify", "?"))), again=again)
            )
        return found

    def chain(self, row: Mapping[str, Any]) -> str:
        """A chain as one sentence."""
        return self.words.t("plan.step.sep").join(self.steps(row.get("steps")))

    def title(self, part: Part, row: Mapping[str, Any]) -> str:
        """What a row is called."""
        if part.name == "duty":
            person = str(row.get("person"))
            name = self.choices.names("people").get(person, person)
            return self.words.t("plan.pair", label=name, text=self.shift(row))
        if part.name == "chains":
            return self.words.code("chain", str(row.get("id")))
        fields = [field for name in part.title if (field := part.field(name))]
        return " · ".join(text for field in fields if (text := self.cell(field, row)))


def _size(value: Any) -> str:
    try:
        size = area_m2(read_shape(value))
    except (ShapeError, TypeError):
        return "?"
    return f"{size / 1e6:.3f} km²" if size >= 1e5 else f"{size:.1f} m²"
