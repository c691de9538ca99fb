"""Stories in a real browser: a server process of its own, a small fixed world, and people who click."""
