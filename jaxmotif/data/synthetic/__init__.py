"""Makers of synthetic data sets whose planted truth is known."""
