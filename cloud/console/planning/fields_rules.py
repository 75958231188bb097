"""Fields of routing, escalation, deadlines and the calendar."""

from __future__ import annotations

from cloud.console.planning.fields import Field, Part
from domain.limits import Due
from domain.placement import ACCEPTS_MAX, CHASES_MAX, YELLOW_PERCENT

ALWAYS = (Due.ACCEPT, Due.FEED_BACK, Due.OVERALL)  # a rule must give these
PLACEMENTS = Part(
    name="placements",
    section="dispatch",
    title=("kind", "severity", "areas", "matters"),
    fields=(
        Field(name="kind", kind="choices", source="kinds", required=True, group="match", column=True),
        Field(name="severity", kind="choices", source="severities", required=True, group="match", column=True),
        Field(name="matters", kind="choices", source="matters", group="match"),
        Field(name="areas", kind="refs", source="areas", group="match"),
        Field(name="placed", kind="choices", source="levels", group="tell", column=True),
        Field(name="departments", kind="choices", source="departments_or_matter", group="tell"),
        Field(name="chain", kind="choice", source="chains", required=True, group="tell", column=True),
        Field(name="accepts", kind="number", least=1, most=ACCEPTS_MAX, default=1, group="tell"),
        *(
            Field(name=due, kind="span", required=due in ALWAYS, label=f"limit.{due}", group="times",
                  column=due in ALWAYS)
            for due in Due
        ),
        Field(name="yellow_percent", kind="number", least=1, most=99, default=YELLOW_PERCENT, group="urge"),
        Field(name="remind_yellow", kind="flag", default=True, group="urge"),
        Field(name="chase_every", kind="span", required=True, group="urge"),
        Field(name="chase_times", kind="number", least=0, most=CHASES_MAX, required=True, group="urge"),
        Field(name="supervise", kind="span", group="urge"),
        *(Field(name=f"tiers.{{level}}.{due}", kind="span", label=f"limit.{due}", group="tier:{level}") for due in Due),
    ),
)  # fmt: skip
CHAINS = Part(
    name="chains",
    section="dispatch",
    key="id",
    title=("id",),
    fields=(
        Field(name="id", kind="id", required=True, most=48, column=True),
        Field(name="steps", kind="steps", required=True, column=True),
    ),
)
HOURS = Part(
    name="hours",
    section="calendar",
    single=True,
    fields=(
        Field(name="national", kind="choice", source="nationals", default="cn"),
        Field(name="weekdays", kind="weekdays", default=[1, 2, 3, 4, 5]),
        Field(name="hours", kind="hours_list", default=["09:00-12:00", "13:00-18:00"]),
        Field(name="utc_offset_min", kind="number", least=-720, most=840, default=480),
    ),
)
DAYS = (
    Field(name="date", kind="date", required=True, column=True),
    Field(name="name", most=100, column=True),
)
DAYS_OFF = Part(name="days_off", section="calendar", key="date", title=("date", "name"), fields=DAYS)
DAYS_ON = Part(name="days_on", section="calendar", key="date", title=("date", "name"), fields=DAYS)
