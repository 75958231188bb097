"""What the centre must not forget: typed tables, migrated at start, on SQLite now and PostgreSQL later."""
