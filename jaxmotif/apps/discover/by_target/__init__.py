"""Motifs of tables by targets: several labels, classes, values or counts for each sequence."""
