"""The ledger: postings of whole minor units between two accounts, never edited."""
