"""The commands of `python -m data`, one a file."""
