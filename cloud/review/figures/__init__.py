"""The figures of a period, counted from the facts, and the incidents behind each of them."""
