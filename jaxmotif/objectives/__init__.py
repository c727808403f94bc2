"""What is minimised: pairs of pure functions the trainer can run without knowing which."""
