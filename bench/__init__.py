"""Measurements of the real thing at full size; figures and commands stand in docs/performance.md."""
