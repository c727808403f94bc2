"""NeuronMotif, Wei et al. 2021."""
