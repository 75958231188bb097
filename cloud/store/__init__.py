"""What the centre must not forget: typed tables, migrated at start, on SQLite and PostgreSQL."""
