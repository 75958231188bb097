"""Several processes on one store: who does what, who does what only one may do, who hears of whose changes."""
