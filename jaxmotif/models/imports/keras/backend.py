"""Keras 3 with its JAX backend, imported when it is first needed."""

import importlib
import importlib.util
import os
import sys
from typing import Any


def installed() -> bool:
    """Returns whether there is a Keras."""
    return importlib.util.find_spec("keras") is not None


def keras() -> Any:
    """Returns the module keras, with JAX as its backend.

    Raises:
      ValueError: if it is not installed, is Keras 2, or was imported with another backend.
    """
    if "keras" not in sys.modules:
        if not installed():
            raise ValueError("networks of Keras need Keras 3: pip install 'jaxmotif[keras]'")
        os.environ["KERAS_BACKEND"] = "jax"
    found = importlib.import_module("keras")
    if not hasattr(found, "StatelessScope"):
        raise ValueError(f"networks of Keras need Keras 3, found {found.__version__}")
    if found.backend.backend() != "jax":
        raise ValueError(
            f"Keras was imported with the backend {found.backend.backend()!r}: set KERAS_BACKEND=jax before "
            "it is imported"
        )
    return found
