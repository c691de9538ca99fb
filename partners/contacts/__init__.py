"""Contacts: the people at the vendor's accounts, with what they are to a purchase. Vendor-only."""
