"""The user's sequences beside a decoded layer."""


def sections(network, sequences: str, signal: str):
    """A function that makes further sections of a layer's page from a FASTA and a bigWig, or None."""
    return None
