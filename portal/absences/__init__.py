"""Absences: who of the vendor is away from when until when, and who acts for them meanwhile."""
