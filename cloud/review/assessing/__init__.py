"""How people, areas, tiers and departments did, and the incidents and days behind each number."""
