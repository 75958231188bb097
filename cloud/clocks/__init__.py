"""Deadlines and escalation: counted by calendars, kept as rows, fired once."""
