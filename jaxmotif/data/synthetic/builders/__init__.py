"""TFDS builders of the named data sets; imported only where one is prepared."""
