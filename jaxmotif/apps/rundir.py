"""The run directory: always the same files, each written at once or not at all."""

import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from jaxmotif import __version__, config, files
from jaxmotif.apps import lock


def environment() -> dict:
    """Returns what a result depends on next to its config: versions, backend, commit, XLA flags."""
    import jax  # here because a directory is refused before JAX is needed

    versions = {
        name: importlib.metadata.version(name)
        for name in ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy")
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


# What a finished run said at its end; written last, so that it tells a finished run.
SUMMARY = "summary.txt"
INPUTS = "inputs.json"


def open_run(
    workdir: str | os.PathLike, settings, *, resume: bool = True, inputs: Mapping[str, Mapping] | None = None
) -> pathlib.Path:
    """Makes or reopens the run directory of `settings`, a config dataclass.

    With `resume` a directory of the same config and inputs is continued; where only settings of the analysis
    differ, it is no longer a finished one. Without it, what is there is moved aside to `<name>.old-<n>`:
    nothing is overwritten. The directory is this process's until it ends.

    Args:
      workdir: the directory.
      settings: a config dataclass, see `config.setting`.
      resume: whether to go on with what is there.
      inputs: role -> {"file", "sha256", ...} of all files that were read.

    Raises:
      ValueError: if the directory cannot be written, holds a run of another config or of other inputs, or is
        in use by another process.
    """
    path = pathlib.Path(workdir).absolute()
    record = path / "config.json"
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
        if not is_finished(workdir, settings, inputs):
            (path / SUMMARY).unlink(missing_ok=True)  # of an analysis with other settings
    except ValueError:
        if taken:
            lock.release(path)
        raise
    files.write_json(record, config.to_dict(settings))
    if inputs is not None:
        files.write_json(path / INPUTS, {role: dict(known) for role, known in inputs.items()})
    files.write_json(path / "env.json", environment())
    return path


def is_finished(workdir: str | os.PathLike, settings, inputs: Mapping[str, Mapping] | None = None) -> bool:
    """Returns whether a run directory holds a finished run of these settings and inputs; writes nothing.

    Files are the same if their content is, by whatever path.

    Raises:
      ValueError: if it cannot be a directory, or holds a run of another config or of other inputs; settings
        and files that concern only the analysis may be others.
    """
    path = pathlib.Path(workdir).absolute()
    above = next(folder for folder in (path, *path.parents) if folder.exists())
    if not above.is_dir():
        below = "" if above == path else f"cannot write {path}: "
        raise ValueError(f"{below}{above} is a file, not a directory")
    record = path / "config.json"
    if not record.exists():
        try:  # permissions do not tell it all
            tempfile.TemporaryDirectory(dir=above, prefix=".jaxmotif-").cleanup()
        except OSError as error:
            raise ValueError(f"cannot write {path}: {error.strerror or error}") from None
        return False
    changed = config.changed(type(settings), config.to_dict(settings), config.read(record))
    if inputs is not None and (path / INPUTS).exists():
        changed["input"] = []
        for role, text in _other_files(inputs, config.read(path / INPUTS)).items():
            changed["analysis" if config.concerns(type(settings), role) == "analysis" else "input"].append(
                text
            )
    way_out = "choose another directory, or start over with --noresume"
    if changed["training"]:
        raise ValueError(
            f"{workdir} holds a run of another config ({'; '.join(changed['training'][:3])}); {way_out}"
        )
    if changed["input"]:
        raise ValueError(f"{workdir} holds a run of other input ({'; '.join(changed['input'])}); {way_out}")
    return not changed["analysis"] and (path / SUMMARY).exists()


def summary(workdir: str | os.PathLike) -> list[str]:
    """Returns what a finished run said at its end, in lines."""
    return (pathlib.Path(workdir) / SUMMARY).read_text(encoding="utf-8").splitlines()


def _other_files(new: Mapping[str, Mapping], old: Mapping[str, Mapping]) -> dict[str, str]:
    """What is to be said of each input whose content is not the recorded one."""
    found = {}
    for role in dict.fromkeys([*old, *new]):
        a, b = old.get(role, {}), new.get(role, {})
        if a.get("sha256") != b.get("sha256"):
            a_name, b_name = a.get("file", "none"), b.get("file", "none")
            name = a_name if a_name == b_name else f"{a_name} -> {b_name}"
            found[role] = f"{role}: {name}, sha256 {a.get('sha256', 'none')} -> {b.get('sha256', 'none')}"
    return found
