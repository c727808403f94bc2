"""`jaxmotif compare`: the motifs of several runs, aligned and merged."""
