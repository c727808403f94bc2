"""Networks of PyTorch: their exported graph, run in JAX."""
