"""Basset, BD-5, BD-10, DeepSEA and DD-10."""
