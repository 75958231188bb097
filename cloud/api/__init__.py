"""The HTTP interface, one thin file per subject."""
