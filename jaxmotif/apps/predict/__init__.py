"""`jaxmotif predict`: what the networks of a run say of sequences."""
