"""Departments for the sample district, made up for tests of the flow."""

from __future__ import annotations

import copy
from typing import Any

from cloud.plan.sections import read
from tests.cloud.conftest import Centre

WATER, POWER = "water-office", "power-office"
WATER_PERSON, POWER_PERSON = "shui-mingche", "dian-qiran"
OPERATOR, STREET, WORKER = "zhou-mingyuan", "shen-ruolan", "lin-zhixia"


def with_departments(centre: Centre) -> Centre:
    """The sample plan with two departments, one person each on duty day and night."""
    now = centre.desk.plan.read
    documents: dict[str, Any] = copy.deepcopy(dict(now.documents))
    documents["departments"]["departments"] += [
        {"id": WATER, "name": "水务所", "area": "xiangyang", "matters": ["test_water"]},
        {"id": POWER, "name": "供电所", "area": "xiangyang", "matters": ["test_power"]},
    ]
    people = ((WATER_PERSON, "水明澈", WATER), (POWER_PERSON, "殿启然", POWER))
    documents["people"]["people"] += [
        {
            "id": person,
            "name": name,
            "role": "department",
            "area": "xiangyang",
            "department": office,
            "duty": ["00:00-24:00"],
        }
        for person, name, office in people
    ]
    centre.desk.plan.use(read(documents, now.numbers))
    return centre
