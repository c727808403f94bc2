"""jaxmotif: train networks on DNA, many at once, and see which motifs they learned."""

__version__ = "0.1.0"
