"""Structures between the wire and attrs classes: one by one, or a whole page column by column."""
