"""The Deep Motif Dashboard: what trained networks see in single sequences and in a class."""
