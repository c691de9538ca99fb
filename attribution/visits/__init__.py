"""Visitors: what the vendor's own site tells of them with consent, and who they turn out to be. Vendor-only."""
