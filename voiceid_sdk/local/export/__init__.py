"""Domains as files: exported, and imported again."""
