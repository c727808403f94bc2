"""Rows of a table made apart, by processes that need not talk: --shard=k/n, then --merge.

Each shard has a folder of its own in the run directory, shardKofN, and so a lock of its own: shards run on
one machine or on many that share a disk. A row is what it is in one process of as many cores, bit for bit.
"""

import os
import pathlib
import re
import sys
from collections.abc import Sequence
from typing import Any, TypeVar

from absl import flags

from jaxmotif import config as configs
from jaxmotif.apps import lock, rundir

T = TypeVar("T")
FOLDER = "shard{}of{}"
_NAME = re.compile(FOLDER.format(r"\d+", r"\d+"))


def define_flags(values: flags.FlagValues, row: str) -> None:
    """Defines --shard and --merge; `row` is what is divided, such as "network"."""
    flags.DEFINE_string("shard", "", f"k/n: computes every n-th {row}, from the k-th on.", flag_values=values)
    flags.DEFINE_bool("merge", False, "Takes what shards have made into the table.", flag_values=values)


def check_flags(values: flags.FlagValues, is_grid: bool) -> None:
    """Checks that flags can be together.

    Raises:
      ValueError: for both, or one of them with a grid, whose points are divided by other means.
    """
    if values.merge and values.shard:
        raise ValueError("--merge takes all shards; give one of --merge and --shard")
    if is_grid and (values.merge or values.shard):
        raise ValueError("a grid has neither shards nor --merge")


def chosen(rows: Sequence[T], text: str) -> list[T]:
    """Returns every n-th row, from the k-th on; `text` is "k/n", or "" for all.

    Raises:
      ValueError: unless 1 <= k <= n.
    """
    if not text:
        return list(rows)
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ValueError(f"--shard wants k/n with 1 <= k <= n, got {text!r}")
    return list(rows[int(number) - 1 :: int(count)])


def place(root: str | os.PathLike, text: str) -> pathlib.Path:
    """Returns the folder of a shard in the run directory; of "" the directory itself."""
    return pathlib.Path(root) / FOLDER.format(*text.split("/")) if text else pathlib.Path(root)


def folders(root: pathlib.Path, config: Any) -> list[pathlib.Path]:
    """Returns the folders of shards in the run directory, which were made with this config.

    Those that --noresume has moved aside are none.

    Raises:
      ValueError: for a shard of another config or of other files, by what changes its rows.
    """
    found, own = [], root / rundir.INPUTS
    for shard in sorted(root.glob(FOLDER.format("*", "*"))):
        if not _NAME.fullmatch(shard.name) or not (shard / "config.json").exists():
            continue
        differ = configs.changed(type(config), configs.to_dict(config), configs.read(shard / "config.json"))
        if changed := differ["training"] + differ["input"]:
            raise ValueError(f"{shard} holds rows of another config ({'; '.join(changed[:3])})")
        theirs = shard / rundir.INPUTS
        others = rundir.other_files(configs.read(own), configs.read(theirs)) if own.exists() else {}
        if others:
            raise ValueError(f"{shard} holds rows of other input ({'; '.join(others.values())})")
        found.append(shard)
    return found


def gather(root: pathlib.Path, config: Any) -> None:
    """Moves the folders of rows from all shards into the run directory; those that are there already stay.

    Raises:
      ValueError: for a shard of another config or of other files, or one that still runs.
    """
    for shard in folders(root, config):
        lock.acquire(shard)
        try:
            rows = [folder for folder in sorted(shard.iterdir()) if folder.is_dir()]
            moved = [folder for folder in rows if not (root / folder.name).exists()]
            for folder in moved:
                folder.rename(root / folder.name)
        finally:
            lock.release(shard)
        left = f", {len(rows) - len(moved)} were there already" if len(rows) > len(moved) else ""
        print(f"{shard.name}: {len(moved)} taken{left}", file=sys.stderr)
