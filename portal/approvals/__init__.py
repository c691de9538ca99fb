"""The second person: what somebody asked for and somebody else decides."""
