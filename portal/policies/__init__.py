"""Policies: every rule a person may change, as a typed document with versions."""
