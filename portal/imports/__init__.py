"""Imports: files of any make, mapped, previewed, reported row by row, resumable."""
