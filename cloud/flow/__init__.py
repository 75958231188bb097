"""The flow: what people do with incidents, each move in the caller's transaction, by the tables of domain/incidents."""
