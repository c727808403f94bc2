"""The run directory: always the same files, each written at once or not at all."""

import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys

from jaxmotif import __version__, config, files
from jaxmotif.apps import lock


def environment() -> dict:
    """Returns what a result depends on next to its config: versions, backend, commit, XLA flags."""
    import jax  # here because a directory is refused before JAX is needed

    versions = {
        name: importlib.metadata.version(name)
        for name in ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy", "memelite")
        if _installed(name)
    }
    return {
        "jaxmotif": __version__,
        "python": platform.python_version(),
        "versions": versions,
        "backend": jax.default_backend(),
        "devices": [str(device) for device in jax.devices()],
        "cpus": os.cpu_count(),
        "machine": f"{platform.system()} {platform.machine()}",
        "commit": _commit(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "argv": sys.argv,
    }


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _commit() -> str | None:
    """The commit this code was checked out at, with "+changes" if files differ from it."""
    folder = pathlib.Path(__file__).parent

    def git(*arguments):
        return subprocess.run(
            ("git", "-C", str(folder), *arguments), capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        # An installed package may lie inside somebody else's repository.
        if git("ls-files", "--error-unmatch", pathlib.Path(__file__).name) == "":
            return None
        return git("rev-parse", "--short", "HEAD") + (
            "+changes" if git("status", "--porcelain", "-uno") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return None


def open_run(workdir: str | os.PathLike, settings, *, resume: bool = True) -> pathlib.Path:
    """Makes or reopens the run directory of `settings`, a config dataclass.

    With `resume` a directory of the same config is continued. Without it, what is there is moved
    aside to `<name>.old-<n>`: nothing is overwritten. The directory is this process's until it ends.

    Raises:
      ValueError: if the directory cannot be written, holds a run of another config, or is in use by another
        process.
    """
    path = pathlib.Path(workdir).absolute()
    record = path / "config.json"
    new = config.to_dict(settings)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{workdir} is a file, not a directory")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from None
    taken = lock.acquire(path)
    if not resume and record.exists():
        count = 1
        while (old := path.with_name(f"{path.name}.old-{count}")).exists():
            count += 1
        path.rename(old)
        lock.release(path, now_at=old)
        path.mkdir()
        taken = lock.acquire(path)
    try:
        _refuse_other(workdir, record, new)
    except ValueError:
        if taken:
            lock.release(path)
        raise
    files.write_json(record, new)
    files.write_json(path / "env.json", environment())
    return path


def _refuse_other(workdir: str | os.PathLike, record: pathlib.Path, new: dict) -> None:
    if record.exists():
        changed = config.differences(new, config.read(record))
        if changed:
            raise ValueError(
                f"{workdir} holds a run of another config ({'; '.join(changed[:3])}); "
                "choose another directory, or start over with --noresume"
            )
