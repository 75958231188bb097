"""People of the centre: who is on duty now, stand-ins, hand-overs of a shift, contacts, tables in and out."""
