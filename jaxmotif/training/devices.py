"""Which devices training takes, and what is said of them when it begins. JAX is imported when it is asked."""

import collections
import functools
import os
import pathlib
import sys
import warnings

from jaxmotif import cores

# Where a driver of NVIDIA shows itself without any library.
DRIVER = pathlib.Path("/proc/driver/nvidia/version")
# Devices that share the batches of a network where a run does not say so itself: --data_devices.
data_devices = 1
# Whether training data stay on the host where a run does not say so itself: --stream.
stream = "auto"


def described() -> str:
    """Returns the backend and its devices in words, such as "gpu: 2 x NVIDIA H100 80GB HBM3"."""
    import jax

    kinds = collections.Counter(device.device_kind for device in jax.devices())
    named = ", ".join(f"{count} x {kind}" for kind, count in kinds.items())
    backend = jax.default_backend()
    several = f"{jax.process_count()} processes, " if jax.process_count() > 1 else ""
    if backend == "cpu":
        many = f"{len(jax.devices())} devices, " if len(jax.devices()) > 1 else ""
        threads = cores.threads()
        return f"cpu: {several}{many}{threads} thread{'s' * (threads != 1)}"
    return f"{backend}: {several}{named}"


def unused_gpu() -> bool:
    """Returns whether NVIDIA's driver is there and JAX computes on the CPU, though nobody asked it to."""
    import jax

    return jax.default_backend() == "cpu" and DRIVER.exists() and not os.environ.get("JAX_PLATFORMS")


INSTALL = "pip install 'jaxmotif[cuda]'"


@functools.cache
def announce() -> None:
    """Says on stderr, once a process, what networks train on, and warns of a GPU that is left alone."""
    print(f"training on {described()}", file=sys.stderr, flush=True)
    if unused_gpu():
        warnings.warn(
            f"NVIDIA's driver is there, but JAX does not use it: {INSTALL}; JAX_PLATFORMS=cpu, if the CPU is "
            "meant",
            stacklevel=2,
        )
