"""`jaxmotif variants`: what variants change, in the networks' scores and in motifs."""
