"""Whether discover's list of motifs is true and complete: planted motifs, decoys, controls and real peaks."""
