"""Updates of many endpoints in waves: what one endpoint goes through, when the next wave opens, when to stop. Pure."""
