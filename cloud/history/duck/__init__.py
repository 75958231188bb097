"""Readings in one DuckDB file: a table per stretch of time and level, roll-ups that are added to, order in the past."""
