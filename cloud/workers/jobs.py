"""Which jobs a worker runs, by its roles; what only one worker may do runs under a lease."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.site_lists import SiteLists
from cloud.workers.bus import Bus
from cloud.workers.dispatcher import Dispatcher
from cloud.workers.ears import Ears
from cloud.workers.leases import Job, Leases
from cloud.workers.retention import Retention
from cloud.workers.roles import Role, Worker
from cloud.workers.silence import SilenceWatch

Jobs = dict[str, Job]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The parts of a process that know of other processes."""

    worker: Worker
    leases: Leases
    bus: Bus
    retention: Retention

    def alone(self, name: str, job: Job) -> Job:
        """`job` in one worker at a time."""
        return (lambda: self.leases.only_one(name, job)) if self.worker.shares else job

    def hearing(self, ears: Ears, silence: SilenceWatch, identity: Job) -> Jobs:
        """What comes from the broker."""
        jobs: Jobs = {}
        link = ears.link
        if self.worker.does(Role.INTAKE) and link is not None:
            jobs["intake_urgent"] = ears.intake.run_urgent
            jobs["silence"] = self.alone("silence", lambda: silence.run(link))
        if self.worker.does(Role.HISTORY):
            jobs["intake_bulk"] = ears.intake.run_bulk
            jobs["identity"] = identity
        return jobs

    def speaking(self, ears: Ears, lists: SiteLists) -> Jobs:
        """What goes to gateways, and what keeps the tables small."""
        link = ears.link
        if not self.worker.does(Role.DISPATCH) or link is None:
            return {}
        return {
            "site_lists": self.alone("site_lists", lambda: lists.run(link)),
            "retention": self.alone("retention", self.retention.run),
        }

    def counting(self, facts: Job) -> Jobs:
        """What keeps up what reports are counted from."""
        return {"facts": self.alone("facts", facts)} if self.worker.does(Role.DISPATCH) else {}

    def everywhere(self) -> Jobs:
        """What every worker does that is not alone."""
        return {"bus": self.bus.run} if self.worker.shares else {}


def calling(worker: Worker, dispatcher: Dispatcher, owed: Jobs) -> Jobs:
    """What happens because a time has come, and what people and other systems are owed."""
    return {"dispatcher": dispatcher.run, **owed} if worker.does(Role.DISPATCH) else {}
