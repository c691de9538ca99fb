"""Tests of accounts that are one customer."""
