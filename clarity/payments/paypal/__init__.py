"""PayPal's REST interface (developer.paypal.com/api/rest), as far as Clarity uses it."""
