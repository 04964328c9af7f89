"""What all rules use: the request context, scheduled tasks, pagination, client tokens and identifiers."""
