"""Conflicts: several who sell the same to one customer, the evidence of each, and who goes on. Vendor-only."""
