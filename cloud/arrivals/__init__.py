"""What gateways told, made into incidents, states and reports."""
