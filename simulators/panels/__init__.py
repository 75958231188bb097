"""A fire panel with its user information transmission device, GB/T 26875.3: the other side of the gateway's adapter."""
