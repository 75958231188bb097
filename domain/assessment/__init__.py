"""What is counted of incidents, people and alarms, and how: facts, periods and figures. Pure."""
