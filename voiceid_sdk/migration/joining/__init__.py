"""Joining facts in a temporary database: domains, ids, statuses, and where the sources disagree."""
