"""One incident: what, where, since when, who has it, what happens next, and what may be done."""
