"""Networks that other programs trained."""
