"""What reads across all slices: the home page, search, what is new."""
