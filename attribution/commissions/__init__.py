"""Commissions: what each payment earned a partner, and every step of how."""
