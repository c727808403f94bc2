"""`jaxmotif discover`: files are read and judged before JAX is imported and a directory is made."""

import hashlib
import os

from jaxmotif import files
from jaxmotif.apps import launch, rundir
from jaxmotif.apps.discover import inputs, reading
from jaxmotif.apps.discover.by_target import inputs as by_target_inputs
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.files import content
from jaxmotif.data.files.target_table import Frame
from jaxmotif.motifs import jaspar


def run(settings: Settings, out: str | os.PathLike | None = None, resume: bool = True) -> list[str]:
    """Reads and judges the files of `settings`, discovers, and writes everything into a run directory.

    What was read is printed at once. A run that is finished already is not made again; one of other settings
    of the analysis keeps its networks.

    Args:
      settings: what to do.
      out: the run directory; None makes runs/<name of the file>, or of all files of classes.
      resume: whether to go on with what is there.

    Returns:
      what to print at the end.

    Raises:
      ValueError: for input that cannot be used, see `inputs.divide`, and a directory that cannot, see
        `rundir.open_run`. Nothing is written then.
    """
    if not settings.database:
        raise ValueError(f"database: a JASPAR release or a motif file is needed, got {settings.database!r}")
    reading.check_standard_input(settings)
    first = by_target_inputs.opened(settings)
    if isinstance(first, Frame) or settings.signal:
        return _by_target(settings, first, out, resume)
    given = reading.read(settings, first=first)
    out = out or f"runs/{default_name(settings.sequences, *settings.classes)}"
    if resume and rundir.is_finished(out, settings, given.inputs):
        return [f"{out} is finished already; --noresume starts over", *rundir.summary(out)]
    jaspar.database(settings.database)  # a wrong name is told before the work
    print(launch.printable("\n".join(reading.said(given))), flush=True)
    parts = inputs.divide(given, settings)
    folder = rundir.open_run(out, settings, resume=resume, inputs=given.inputs)

    from jaxmotif.apps.discover import pipeline  # brings JAX

    return pipeline.run(*parts, settings, folder, reading.said(given), resume, given)


def _by_target(
    settings: Settings, first: Frame | content.Content, out: str | os.PathLike | None, resume: bool
) -> list[str]:
    """`run` of a table of targets, or of intervals with signals."""
    given = by_target_inputs.read(settings, first)
    out = out or f"runs/{default_name(settings.sequences)}"
    if resume and rundir.is_finished(out, settings, given.inputs):
        return [f"{out} is finished already; --noresume starts over", *rundir.summary(out)]
    jaspar.database(settings.database)  # a wrong name is told before the work
    print(launch.printable("\n".join(given.said)), flush=True)
    splits = by_target_inputs.divide(given, settings)
    folder = rundir.open_run(out, settings, resume=resume, inputs=given.inputs)

    from jaxmotif.apps.discover.by_target import run as by_target  # brings JAX

    return by_target.run(splits, given.kind, settings, folder, given.said, resume)


def default_name(*paths: str) -> str:
    """Returns the name of the run directory of a file of sequences, or of several."""
    names = [content.short_name(path).lstrip(".").split(".")[0].removeprefix("a ") for path in paths]
    # Too long a name would be cut, and that of other files might be the same.
    whole = "_".join(names)
    if len(names) > 1 and len(whole) > 60:
        whole = f"{whole[:50]}_{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
    return files.safe_name(whole)
