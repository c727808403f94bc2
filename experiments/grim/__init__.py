"""GRIM, Lee & Koo 2021."""
