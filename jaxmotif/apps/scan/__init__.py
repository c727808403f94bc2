"""`jaxmotif scan`: sites of motifs in sequences or in a whole genome."""
