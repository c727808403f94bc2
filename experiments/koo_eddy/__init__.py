"""Koo & Eddy 2019."""
