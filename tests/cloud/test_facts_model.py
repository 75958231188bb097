"""Whatever people click, gateways tell and the clock does: facts that follow the log are facts made from scratch."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from cloud.review.facts.keeper import FactKeeper
from tests.cloud import test_flow_model
from tests.cloud.conftest import Centre
from tests.cloud.flowing import with_departments
from tests.cloud.test_facts import facts_of, from_scratch
from tests.cloud.test_sources import found, handed

PLACES = ("3号楼", "5号楼")


class Facts(test_flow_model.Flow):
    """The clicks of the flow, workers who tell, and now and then the worker that keeps the facts up."""

    @initialize()
    def follow(self) -> None:
        """It has been running."""
        self.keeper = FactKeeper(self.centre.store, self.centre.clock)
        while self.keeper.step():
            pass

    @rule(place=st.sampled_from(PLACES))
    def tell(self, place: str) -> None:
        """A worker finds something, perhaps what somebody told before."""
        found(self.centre, next(test_flow_model.NUMBERS), place_text=place)

    @rule(place=st.sampled_from(PLACES))
    def hand_over(self, place: str) -> None:
        """The hotline hands it over."""
        number = f"GD-{next(test_flow_model.NUMBERS)}"
        self.centre.desk.sources.hand_over(handed(self.centre, number, place=place))

    @rule()
    def keep_up(self) -> None:
        """A turn of the worker; then nothing is missing."""
        self.keeper.step()
        assert facts_of(self.centre) == from_scratch(self.centre)

    @rule()
    def crash(self) -> None:
        """It begins anew where the mark is."""
        self.keeper = FactKeeper(self.centre.store, self.centre.clock)

    def teardown(self) -> None:
        """In the end as well."""
        if hasattr(self, "keeper"):
            self.keep_up()


@pytest.mark.parametrize("examples", [3, pytest.param(200, marks=pytest.mark.endurance)])
def test_facts_follow_whatever_happens(centre: Centre, examples: int) -> None:
    """Many short lives of three incidents and what workers tell."""
    Facts.centre = with_departments(centre)
    case = Facts.TestCase()
    case.settings = settings(max_examples=examples, stateful_step_count=15, deadline=None)
    case.runTest()
