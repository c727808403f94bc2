"""Where sequences come from: synthetic tasks, files, splits and prepared data sets."""
