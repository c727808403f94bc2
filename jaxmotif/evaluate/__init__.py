"""Measures how good a result is: ranking metrics, motif recovery and paired tests."""
