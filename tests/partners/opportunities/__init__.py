"""Tests of opportunities."""
