"""`jaxmotif attribute`: what every letter of sequences means to a score."""
