"""The page of the map, its parts, and the tiles under it."""
