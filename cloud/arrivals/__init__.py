"""What gateways send: taken in, checked, made into incidents, states and reports."""
