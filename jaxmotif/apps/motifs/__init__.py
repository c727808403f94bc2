"""`jaxmotif motifs`: motifs in other formats, and as logos."""
