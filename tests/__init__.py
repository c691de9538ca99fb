"""Tests: what the product promises."""
