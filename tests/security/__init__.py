"""What must never happen, and the tests that prove it."""
