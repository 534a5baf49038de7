"""The report of a prepared set: one HTML page that shows what is in it and what leaks."""
