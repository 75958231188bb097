"""Who may talk at a site: enrolment, revocation, certificates, and who the gateway itself is to its two brokers."""
