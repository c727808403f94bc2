"""Turns a trained network into evidence: filter motifs, ablation, attribution and class motifs."""
