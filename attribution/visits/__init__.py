"""Visitors of the vendor's own site: what its page tag tells with consent, and who they turn out to be. Vendor-only."""
