"""What the gateway tells the centre of itself and its endpoints: state, faults of its own, inventory."""
