"""Lifecycle: what revenue and contracts say about a customer's life, from its first order to churn. Vendor-only."""
