"""The run directory: always the same files, each written at once or not at all."""

import hashlib
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from jaxmotif import __version__, config, cores, files
from jaxmotif.apps import launch, lock, outputs
from jaxmotif.errors import unwritable
from jaxmotif.models import convolution


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
        "cores": cores.usable(),
        "threads": cores.threads(),
        "instructions": cores.instructions(),
        "convolution": convolution.chosen(),
        "machine": f"{platform.system()} {platform.machine()}",
        "commit": _commit(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "few_optimizations": bool(jax.config.read("jax_disable_most_optimizations")),
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
# Checksums of what a finished run has written.
OUTPUTS = "outputs.json"
# Checksums of what a part of a run has written, and which file it wrote last.
PARTS = f"*.{OUTPUTS}"
# What only a run leaves that has trained, and in the folders that launchers and `decode` have for parts.
_TRAINED = ("checkpoints", "network.json", SUMMARY)
_PARTS_LEFT = (
    "layer*/neuron*.npz",
    *(f"{level}{name}" for level in ("*/", "*/*/") for name in ("checkpoints/*/_CHECKPOINT_METADATA", PARTS)),
)
_RECORDS = ("config.json", "env.json", INPUTS, OUTPUTS, lock.LOCK)
# What other commands write into a run.
_OF_OTHERS = ("dashboard", "attributions")
_WAY_OUT = "choose another directory, or start over with --noresume"


def open_run(
    workdir: str | os.PathLike, settings, *, resume: bool = True, inputs: Mapping[str, Mapping] | None = None
) -> pathlib.Path:
    """Makes or reopens the run directory of `settings`, a config dataclass.

    With `resume` a directory of the same config and inputs is continued; where only settings of the analysis
    differ, it is no longer a finished one. One in which a run has failed at its start, before it left
    anything, is as good as new. Without it, what is there is moved aside to `<name>.old-<n>`:
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
        raise unwritable(path, error) from None
    taken = lock.acquire(path)
    if not resume and (record.exists() or _has_trained(path)):
        count = 1
        while (old := path.with_name(f"{path.name}.old-{count}")).exists():
            count += 1
        path.rename(old)
        lock.release(path, now_at=old)
        path.mkdir()
        taken = lock.acquire(path)
    try:
        changed = _changed_outputs(path)
        if not _is_finished(workdir, settings, inputs) or changed:
            outputs.set_aside(path, [name for name in changed if name not in (SUMMARY, OUTPUTS)])
            # Of results that are written anew from here on: they are not the run's until it ends.
            for name in (SUMMARY, OUTPUTS):
                (path / name).unlink(missing_ok=True)
    except ValueError:
        if taken:
            lock.release(path)
        raise
    # Runs of their own below it, such as shards, may be writing.
    files.sweep(path, lambda found: any((own / lock.LOCK).exists() for own in _between(path, found)))
    _tell_other_machine(path / "env.json")
    # The config last: where it is, the inputs are.
    if inputs is not None:
        files.write_json(path / INPUTS, {role: dict(known) for role, known in inputs.items()})
    files.write_json(path / "env.json", environment())
    files.write_json(record, config.to_dict(settings))
    return path


def finish(folder: pathlib.Path, lines: Sequence[str]) -> None:
    """Marks a run as finished: writes checksums of what it has written, and what it said at its end."""
    said = "".join(f"{line}\n" for line in lines)
    written = [path for path in sorted(folder.rglob("*")) if _is_of_run(path.relative_to(folder))]
    found = outputs.checksums(folder, written)
    found[SUMMARY] = hashlib.sha256(said.encode()).hexdigest()
    files.write_json(folder / OUTPUTS, found)
    files.write_text(folder / SUMMARY, said)


def _is_of_run(path: pathlib.Path) -> bool:
    """Whether a file, by its path in the run directory, is a result of the run itself."""
    others = path.name in (*_RECORDS, SUMMARY) or path.suffix == outputs.CHANGED
    return not others and "checkpoints" not in path.parts and path.parts[0] not in _OF_OTHERS


def _has_trained(path: pathlib.Path) -> bool:
    if any((path / name).exists() for name in _TRAINED):
        return True
    if (path.parent / "config.json").exists():
        return False  # a part itself, of which the settings are known
    return any(
        not any((folder / "config.json").exists() for folder in _between(path, found))
        for pattern in _PARTS_LEFT
        for found in path.glob(pattern)
    )


def _between(path: pathlib.Path, found: pathlib.Path) -> list[pathlib.Path]:
    """Folders from below `path` to where `found` lies: those with a config are runs of their own."""
    return [folder for folder in found.parents if path in folder.parents]


def _is_blank(path: pathlib.Path) -> bool:
    """Whether there are only records of a run, and empty files: it has failed before it did anything."""
    return not any(
        file.name not in _RECORDS and not file.name.startswith(files.PARTIAL) and file.stat().st_size
        for file in path.rglob("*")
        if file.is_file()
    )


def _changed_outputs(path: pathlib.Path) -> list[str]:
    """What a finished run has written that is missing or another file now; nothing of an unfinished one."""
    return outputs.changed(path / OUTPUTS) if (path / OUTPUTS).exists() else []


# Of env.json: what the last bits of a result depend on, and what messages call it.
_BITS = {
    "threads": "threads",
    "instructions": "instructions",
    "backend": "backend",
    "few_optimizations": "few optimizations",
    "convolution": "convolutions",
}


def _tell_other_machine(path: pathlib.Path) -> None:
    """Says on stderr where the run was begun otherwise: its numbers may then differ in their last bits."""
    try:
        before = config.read(path)
    except ValueError:  # a new run, or a file that is damaged and written anew
        return
    now = environment()
    other = [
        f"{words}: {before[name]} -> {now[name]}"
        for name, words in _BITS.items()
        if name in before and before[name] != now[name]
    ]
    if other:
        print(
            f"note: this run was begun on another machine or number of cores, or compiled otherwise "
            f"({'; '.join(other)}): "
            "what is computed now may differ in its last bits from an uninterrupted run",
            file=sys.stderr,
        )


def is_finished(workdir: str | os.PathLike, settings, inputs: Mapping[str, Mapping] | None = None) -> bool:
    """Returns whether a run directory holds a finished run of these settings and inputs; writes nothing.

    Files are the same if their content is, by whatever path. A run whose results are missing or were changed
    is not finished: it is analysed again, and a line on stderr names them.

    Raises:
      ValueError: if it cannot be a directory, or holds a run of another config or of other inputs; settings
        and files that concern only the analysis may be others.
    """
    if not _is_finished(workdir, settings, inputs):
        return False
    if other := _changed_outputs(pathlib.Path(workdir)):
        names = launch.printable(outputs.listed(other))
        print(f"note: {workdir}: {names} missing or changed; analysing again", file=sys.stderr)
    return not other


def _is_finished(workdir: str | os.PathLike, settings, inputs: Mapping[str, Mapping] | None) -> bool:
    """The same, whatever became of the results."""
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
            raise unwritable(path, error) from None
        if _has_trained(path) and not _is_blank(path):
            raise ValueError(f"{workdir} holds a run without its config.json; {_WAY_OUT}")
        return False
    if _is_blank(path):  # nothing that the settings of then would have made
        return False
    changed = config.changed(type(settings), config.to_dict(settings), config.read(record))
    if inputs is not None and not (path / INPUTS).exists() and _has_trained(path):
        raise ValueError(f"{workdir} holds a run without its {INPUTS}; {_WAY_OUT}")
    if inputs is not None and (path / INPUTS).exists():
        changed["input"] = []
        with files.reading(path / INPUTS):
            others = other_files(inputs, config.read(path / INPUTS))
        for role, text in others.items():
            changed["analysis" if config.concerns(type(settings), role) == "analysis" else "input"].append(
                text
            )
    if changed["training"]:
        raise ValueError(
            f"{workdir} holds a run of another config ({'; '.join(changed['training'][:3])}); {_WAY_OUT}"
        )
    if changed["input"]:
        raise ValueError(f"{workdir} holds a run of other input ({'; '.join(changed['input'])}); {_WAY_OUT}")
    return not changed["analysis"] and (path / SUMMARY).exists()


def summary(workdir: str | os.PathLike) -> list[str]:
    """Returns what a finished run said at its end, in lines."""
    path = pathlib.Path(workdir) / SUMMARY
    with files.reading(path):
        return path.read_text(encoding="utf-8").splitlines()


# By what inputs are compared: of a genome, and of what was cut out of it, there is no checksum of the file.
_CONTENT = ("sha256", "letters", "bytes", "chromosomes")


def other_files(new: Mapping[str, Mapping], old: Mapping[str, Mapping]) -> dict[str, str]:
    """Returns what is to be said of each input whose content is not the recorded one."""
    found = {}
    for role in dict.fromkeys([*old, *new]):
        a, b = old.get(role, {}), new.get(role, {})
        other = next((key for key in _CONTENT if a.get(key) != b.get(key)), None)
        if other:
            a_name, b_name = a.get("file", "none"), b.get("file", "none")
            name = a_name if a_name == b_name else f"{a_name} -> {b_name}"
            found[role] = f"{role}: {name}, {other} {a.get(other, 'none')} -> {b.get(other, 'none')}"
    return found
