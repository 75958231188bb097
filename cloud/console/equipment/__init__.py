"""The pages of equipment: all of it, one gateway, one endpoint."""
