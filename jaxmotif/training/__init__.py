"""How it is minimised: state, step, epoch, loop, ensembles and checkpoints."""
