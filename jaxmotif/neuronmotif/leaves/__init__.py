"""Samples split by the offsets inside pooling windows, and the motif of every part."""
