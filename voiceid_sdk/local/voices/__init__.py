"""Telling voices apart: recordings, recognizers, and what a similarity is worth."""
