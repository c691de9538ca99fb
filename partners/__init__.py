"""Partner companies, their customers, products and deals."""
