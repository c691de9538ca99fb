"""The floor: what is done once and used everywhere."""
