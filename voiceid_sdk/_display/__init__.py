"""Data for readers: tables in notebooks and terminals, drawn scores, and data frames."""
