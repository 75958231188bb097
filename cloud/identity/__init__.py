"""Who may talk at the centre: its broker's certificate, the gateways' logins, and the service's own."""
