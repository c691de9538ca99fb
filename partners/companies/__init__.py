"""Partner companies: profile, kinds, tier, territories, parents, manager."""
