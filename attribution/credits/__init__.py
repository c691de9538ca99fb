"""Runs: who brought which revenue, reckoned by several models on frozen inputs. Vendor-only."""
