"""What `jaxmotif doctor` says: versions, devices, memory and caches, and what is wrong with them."""

import importlib.metadata
import os
import pathlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from jaxmotif import __version__, cores, memory
from jaxmotif.apps import programs
from jaxmotif.training import devices as training_devices

_FIXED = (
    *("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "scipy", "h5py"),
    *("pybigtools", "matplotlib", "absl-py", "scikit-learn", "pyjaspar", "tqdm", "jinja2", "markupsafe"),
)
# Distributions of each extra, and what is done with them.
_EXTRAS = {
    "data": ("tensorflow-datasets", "sets of the papers through TFDS"),
    "keras": ("keras", "networks of Keras"),
    "torch": ("torch", "networks of PyTorch"),
    "parquet": ("pyarrow", "tables in Parquet"),
    "search": ("optuna", "settings that Optuna chooses, in launchers"),
    "tensorboard": ("tensorboardX", "event files of training"),
    "modisco": ("modisco-lite", "TF-MoDISco on written attributions"),
}
# A run of `discover` leaves some megabytes; below this a disk counts as full.
_LEAST_DISK = 200 << 20


class Found(NamedTuple):
    """One line: what was looked at, what there is, and whether that is wrong."""

    what: str
    found: str
    wrong: bool = False


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _bytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def _versions() -> Iterator[Found]:
    yield Found("jaxmotif", __version__)
    yield Found("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    found = {name: _version(name) for name in _FIXED}
    yield Found("packages", ", ".join(f"{name} {version}" for name, version in found.items() if version))
    for name in (name for name, version in found.items() if not version):
        yield Found(name, "is missing: install jaxmotif again", True)
    for extra, (name, use) in _EXTRAS.items():
        have = _version(name)
        hint = f"not installed; pip install 'jaxmotif[{extra}]' gives {use}"
        yield Found(f"extra {extra}", f"{name} {have}" if have else hint)


def _processor() -> Iterator[Found]:
    yield Found("cores", f"{cores.usable()} usable of {os.cpu_count()}; work is cut for {cores.threads()}")
    yield Found("instructions", cores.instructions() or "not known")
    free = memory.free()
    yield Found("free memory", "not known" if free is None else _bytes(free))


def _devices() -> Iterator[Found]:
    # Here: XLA writes to the terminal when it starts, and everything else is to be told even where it fails.
    import jax
    import jax.numpy as jnp

    try:
        devices = jax.devices()
    except RuntimeError as error:
        yield Found("devices", " ".join(str(error).split()), True)
        return
    for device in devices:
        try:
            side = jax.device_put(jnp.ones((256, 256)), device)
            right = float((side @ side)[0, 0]) == 256.0
            found, wrong = ("computes" if right else "computes wrongly"), not right
        except Exception as error:  # whatever a driver raises is what is to be told
            found, wrong = " ".join(str(error).split())[:200], True
        stats = device.memory_stats() or {}
        limit = f", {_bytes(stats['bytes_limit'])}" if "bytes_limit" in stats else ""
        yield Found(f"device {device.id}", f"{device.platform}, {device.device_kind}{limit}: {found}", wrong)
    if training_devices.unused_gpu():
        yield Found("GPU", f"NVIDIA's driver is there, JAX does not use it; {training_devices.INSTALL}", True)


def _folder_size(folder: pathlib.Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def _caches() -> Iterator[Found]:
    folder = programs.keep() or os.environ.get(programs.FOLDER)
    if folder and pathlib.Path(folder).is_dir():
        number, size = _folder_size(pathlib.Path(folder))
        yield Found("compiled programs", f"{folder}: {number:,} files, {_bytes(size)}")
    else:
        yield Found("compiled programs", "are not kept: every command compiles anew")
    for what, path in (("working folder", "."), ("temporary files", tempfile.gettempdir())):
        left, writable = shutil.disk_usage(path).free, os.access(path, os.W_OK)
        said = f"{pathlib.Path(path).resolve()}: {_bytes(left)} free"
        yield Found(
            what, said if writable else f"{said}, cannot be written", left < _LEAST_DISK or not writable
        )


def _motifs() -> Iterator[Found]:
    from jaxmotif.motifs import jaspar

    releases = jaspar.releases()
    yield Found("JASPAR", f"{releases[0]} to {releases[-1]}" if releases else "no release", not releases)


def examine() -> Iterator[Found]:
    """Yields what there is, line by line; a part that fails is a line that is wrong."""
    parts: dict[str, Callable[[], Iterator[Found]]] = {
        "versions": _versions,
        "processor": _processor,
        "caches": _caches,
        "devices": _devices,
        "motifs": _motifs,
    }
    for name, part in parts.items():
        try:
            yield from part()
        except Exception as error:  # a broken installation fails anywhere, and that is the question
            yield Found(name, f"{type(error).__name__}: {' '.join(str(error).split())}", True)


def line(found: Found) -> str:
    """Returns the line of a terminal."""
    return f"{'WRONG' if found.wrong else 'ok   '} {found.what:<18}{found.found}"
