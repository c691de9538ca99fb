"""Approval chains: who else must agree to a deal before it is approved, in which order, and who has."""
