"""GB/T 26875.3-2011: what fire panels' transmission devices say to a centre. Frames, units, names, judgement. Pure."""
