"""Exchange rates: what one euro was worth on which day, brought by imports, and exact conversion by them."""
