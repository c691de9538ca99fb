"""The vendor's own clock: until when deals are answered, what happens when not, and how fast it goes."""
