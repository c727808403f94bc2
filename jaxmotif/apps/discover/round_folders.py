"""Folders of later rounds of a discovery: what was trained on other sequences, or by more rounds, goes."""

import contextlib
import hashlib
import pathlib
import shutil

from jaxmotif import config, files
from jaxmotif.data.dataset import Splits
from jaxmotif.models import saved


def forget(folder: pathlib.Path | None, count: int) -> None:
    """Removes rounds that an analysis with other settings had beyond those that there are now."""
    for path in folder.glob(f"{saved.LATER_ROUND}*") if folder else ():
        number = path.name.removeprefix(saved.LATER_ROUND)
        if number.isdecimal() and int(number) > count:
            shutil.rmtree(path, ignore_errors=True)


def of_these_sequences(folder: pathlib.Path, splits: Splits) -> None:
    """Empties the folder of a round that was trained on other sequences."""
    digest = hashlib.sha256()
    for part in splits.parts:
        digest.update(part.sequences.tobytes())
        digest.update(part.known_labels.tobytes())
    own = {"sha256": digest.hexdigest()}
    path, known = folder / "sequences.json", None
    with contextlib.suppress(ValueError, LookupError):  # not there, or damaged
        known = config.read(path)
    if known != own:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        files.write_json(path, own)
