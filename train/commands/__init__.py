"""Commands of `python -m train` that fill a file of their own."""
