"""Hardware as data: boards, parts and endpoints in TOML, and what follows from them."""
