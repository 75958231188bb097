"""Fields of matters: what people may report, what becomes of it, and when two reports are one."""

from __future__ import annotations

from cloud.console.planning.fields import Field, Part
from domain.duplicates import HOURS_MAX, WITHIN_M_MAX
from domain.incidents import Severity
from domain.matters import URGENCIES, WORD_MAX

MATTERS = Part(
    name="matters",
    section="matters",
    key="code",
    title=("zh",),
    fields=(
        Field(name="zh", required=True, most=WORD_MAX, column=True),
        Field(name="en", required=True, most=WORD_MAX, column=True),
        Field(name="code", kind="id", required=True, most=48, column=True),
        Field(name="kind", kind="choice", source="kinds_of_people", required=True, column=True),
        Field(name="at_least", kind="choice", source="severities", default=Severity.WARNING, column=True),
        Field(name="handheld", kind="lines"),
    ),
)
NEAR = (
    Field(name="within_m", kind="number", least=1, most=WITHIN_M_MAX, required=True, column=True),
    Field(name="hours", kind="number", least=1, most=HOURS_MAX, required=True, column=True),
)
DUPLICATES = Part(
    name="duplicates",
    section="matters",
    title=("kind",),
    fields=(
        Field(name="kind", kind="choices", source="kinds_of_people", required=True, column=True),
        *NEAR,
        Field(name="whole_grid", kind="flag", default=False, column=True),
    ),
)
READING = Part(
    name="reading",
    section="matters",
    single=True,
    fields=(
        *(
            Field(name=f"urgency.{word}", kind="choice", source="severities", required=True, group="urgency")
            for word in URGENCIES
        ),
        Field(name="other", kind="choice", source="matters", required=True, group="unknown"),
        Field(name="related.within_m", kind="number", least=1, most=WITHIN_M_MAX, required=True, group="related"),
        Field(name="related.hours", kind="number", least=1, most=HOURS_MAX, required=True, group="related"),
        Field(name="missed.kind", kind="choices", source="kinds", group="missed"),
    ),
)
LINES = Part(
    name="lines",
    section="matters",
    key="code",
    title=("zh",),
    fields=(
        Field(name="zh", required=True, most=WORD_MAX, column=True),
        Field(name="en", required=True, most=WORD_MAX, column=True),
        Field(name="code", kind="id", required=True, most=32, column=True),
        Field(name="tokens", kind="lines", column=True),
    ),
)
