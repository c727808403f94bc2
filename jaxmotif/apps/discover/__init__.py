"""From a FASTA to a report: the pipeline behind `jaxmotif discover`."""
