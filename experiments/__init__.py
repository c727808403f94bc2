"""One launcher per table or figure of the papers."""
