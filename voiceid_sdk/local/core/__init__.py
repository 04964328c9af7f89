"""Parts that all rules use: the request context, scheduled tasks, pages, client tokens, identifiers."""
