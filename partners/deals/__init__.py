"""Deal registration: a partner's claim, the vendor's decision, and the sale itself."""
