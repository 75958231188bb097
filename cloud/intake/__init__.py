"""What gateways send: checked, judged by urgency, stored in batches, acknowledged."""
