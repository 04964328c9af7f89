"""Events on their way out: the outbox and where it is emptied to."""
