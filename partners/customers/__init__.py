"""Customers: the vendor's accounts, and each partner's own customer cards."""
