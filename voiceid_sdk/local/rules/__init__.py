"""What the service does: every operation, and the state that it works on."""
