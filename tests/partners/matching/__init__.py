"""Whose customer it is: parts, accuracy and the command."""
