"""Deep neuron -> motifs: substructure, genetic sampling, decoupling, diagnosis, syntax (Wei et al. 2021)."""
