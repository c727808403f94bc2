"""TFDS builders of sets that a user has as files; imported only where one is prepared."""
