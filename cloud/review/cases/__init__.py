"""Which cases are meant: one filter for a number and for the list of incidents behind it."""
