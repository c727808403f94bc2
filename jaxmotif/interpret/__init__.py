"""From a trained network to evidence: filter motifs and ablation."""
