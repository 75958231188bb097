"""A report of what is known already goes under it, and shares its fate until somebody takes them apart."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cloud.records import Act, write_log
from cloud.store.models import Incident


class Joining:
    """Runs inside the caller's transaction; the row of `into` is locked."""

    def join(self, session: Session, into: Incident, twin: Incident, act: Act) -> None:
        """Put `twin`, just created and not placed yet, under `into`."""
        twin.parent_id = into.id
        twin.tiers, twin.stage, twin.holder = into.tiers, into.stage, into.holder
        twin.accept_due_ms, twin.handling_at_ms = into.accept_due_ms, into.handling_at_ms
        session.flush()
        write_log(session, twin, "merged", act, detail={"into": into.id, "place": into.place})
        write_log(session, into, "told_again", act, detail={"child": twin.id, "place": twin.place})
