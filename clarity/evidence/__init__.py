"""Receipts of verdicts: what they rest on, chained in a log and signed."""
