"""`jaxmotif decode`: what the neurons of a trained network recognise, from weights to page."""
