"""Segments: filters of lists that somebody saved under a name."""
