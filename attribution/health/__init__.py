"""Health: how likely customers are to stay, from what they buy, use, ask and say, with its terms and its history."""
