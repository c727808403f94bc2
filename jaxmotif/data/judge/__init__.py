"""Data are judged before training: what belongs together, what gives the classes away, what is too little."""
