"""What the gateway believes, durably: of its endpoints, of the site as the centre knows it, of itself."""
