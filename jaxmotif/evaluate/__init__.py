"""How good it is: ranking metrics, motif recovery and paired tests."""
