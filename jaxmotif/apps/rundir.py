"""The run directory: always the same files, each written at once or not at all."""

import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys

import jax

from jaxmotif import __version__, config, files


def environment() -> dict:
    """What a result depends on beside its config: versions, backend, commit, XLA flags."""
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
    aside to `<name>.old-<n>`: nothing is overwritten.

    Raises:
      ValueError: if the directory cannot be written, holds a run of another config, or holds other
        files and no run.
    """
    path = pathlib.Path(workdir).absolute()
    record = path / "config.json"
    new = config.to_dict(settings)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{workdir} is a file, not a directory")
    if not resume and record.exists():
        count = 1
        while (old := path.with_name(f"{path.name}.old-{count}")).exists():
            count += 1
        path.rename(old)
    if record.exists():
        try:
            found = json.loads(record.read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise ValueError(f"{record} cannot be read: {error}") from None
        changed = config.differences(new, found)
        if changed:
            raise ValueError(
                f"{workdir} holds a run of another config ({'; '.join(changed[:3])}); "
                "choose another directory, or start over with --noresume"
            )
    files.write_json(record, new)
    files.write_json(path / "env.json", environment())
    return path
