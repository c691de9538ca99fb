"""The web floor: pages, forms, guard, lists and exports."""
