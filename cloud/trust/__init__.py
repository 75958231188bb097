"""Who may do what: log-in, rights by role and area, tokens, the audit log, personal fields at rest."""
