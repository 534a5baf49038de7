"""A PayPal of our own for tests: the same REST interface, the same signatures, no real money."""
