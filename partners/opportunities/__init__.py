"""Opportunities: sales that the vendor works itself, without a partner. Vendor-only."""
