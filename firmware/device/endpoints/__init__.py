"""What makes a board an endpoint of a kind: its drivers by channel, and its local judgement."""
