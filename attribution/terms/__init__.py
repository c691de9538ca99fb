"""Terms: contracts that run from a day to a day, and say when a renewal is due. Vendor-only."""
