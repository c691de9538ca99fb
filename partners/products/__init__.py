"""The catalogue: product groups, which deals protect, and products."""
