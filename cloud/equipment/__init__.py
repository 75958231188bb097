"""Equipment of a district as its gateways tell of it, and what the centre may do with it: shelve, for a while."""
