"""Samples of the sequences that a neuron answers to."""
