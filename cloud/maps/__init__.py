"""What the map draws: boundaries, where things and people are, tiles under them."""
