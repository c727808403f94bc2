"""Any network that Keras 2 or 3 wrote, as a pure function of JAX: Keras' layers, called one by one.

`model_files` finds architecture and weights in a file, `graph` turns the architecture into one list of calls,
`layers` makes Keras' layers and runs them, `weights` fills them, `maps` and `places` say which maps there are
and where they look. `load` puts it together. Keras itself is imported in `backend` only, when it is needed.
"""
