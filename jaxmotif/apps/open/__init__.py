"""`jaxmotif open`: what the file of another program holds."""
