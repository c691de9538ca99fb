"""Accounts that are one customer: merging and undoing it, and the desk where doubtful pairs are decided."""
