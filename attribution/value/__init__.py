"""What customers are worth over their whole life, with intervals, and which partners' work that hangs on."""
