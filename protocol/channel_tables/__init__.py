"""The channels of each kind of endpoint, one file per kind: a board imports only its own."""
