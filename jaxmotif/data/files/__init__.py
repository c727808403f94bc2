"""Readers and writers of the files that sequences come in."""
