"""`gridwhistle gateway doctor`: everything that may be wrong with a gateway, looked at from outside of its process."""
