"""Contribution claims: what a partner says that it did for a customer without selling, decided by the vendor."""
