"""Touchpoints: who met a customer, when and how, from which source, and what sources cost. Vendor-only."""
