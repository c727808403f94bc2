"""Motifs of leaves become a dictionary and arrangements."""
