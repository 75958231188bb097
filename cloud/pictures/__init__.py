"""Pictures of incidents, from gateways and from people: few, small, gone with the incident, every look on record."""
