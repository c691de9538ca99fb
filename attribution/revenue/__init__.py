"""Revenue: invoice lines, payments and refunds, as they were imported."""
