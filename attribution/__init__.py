"""Revenue, and what partners earned from it and why."""
