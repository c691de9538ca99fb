"""What attribution found, drawn: the journey to one event, and who brought what."""
