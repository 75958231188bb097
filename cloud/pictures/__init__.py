"""Pictures that gateways send of incidents: few, small, kept as long as the incident, every look on record."""
