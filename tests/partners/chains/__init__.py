"""Tests of approval chains."""
