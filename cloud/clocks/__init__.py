"""Deadlines of incidents: counted by calendars, kept as rows."""
