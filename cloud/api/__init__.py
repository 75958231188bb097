"""HTTP: parse, call one use case, map errors. No SQL and no rules here."""
