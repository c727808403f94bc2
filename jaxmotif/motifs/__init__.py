"""What a motif is: matrices, files, databases, comparison and scanning."""
