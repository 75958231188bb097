"""The room of whoever keeps the system: accounts, tokens, wishes for notices, the audit log."""
