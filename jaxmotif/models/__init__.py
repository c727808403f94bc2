"""Architectures as data: specs, layers, networks and the named variants of the papers."""
