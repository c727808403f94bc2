"""Motif databases: the JASPAR releases that pyjaspar carries, or a file of one's own."""

import functools
import os
import pathlib
import warnings
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs import formats, meme
from jaxmotif.motifs.motif import Motif

TAX_GROUP = "vertebrates"
COLLECTION = "CORE"


def releases() -> tuple[str, ...]:
    """Returns the names of the JASPAR releases that are installed, oldest first, for example "JASPAR2016"."""
    import pyjaspar  # here because it brings Biopython with it, which takes a while to import

    return tuple(sorted(pyjaspar.jaspar_releases))


def _motif(record, release: str) -> Motif:
    counts_w4 = np.array([record.counts[letter] for letter in "ACGT"], dtype=np.float64).T
    sums_w = counts_w4.sum(axis=1)
    if np.any(sums_w <= 0):
        raise ValueError(f"{release}, {record.matrix_id}: position {int(np.argmin(sums_w))} has no counts")
    # Positions near a site's ends may be counted over fewer sites than the rest; the sites are as
    # many as the fullest position saw.
    return Motif(
        name=record.matrix_id,
        ppm=counts_w4 / sums_w[:, None],
        nsites=float(sums_w.max()),
        alt_name=record.name,
        source=release,
        url=f"https://jaspar.elixir.no/matrix/{record.matrix_id}/",
        tf_family=_joined(record.tf_family),
        tf_class=_joined(record.tf_class),
    )


def _joined(values: Sequence[str] | None) -> str:
    """Families or classes of a factor as one text; a dimer's are parted as its name is."""
    return "::".join(dict.fromkeys(values or ()))


def _matrix_number(matrix_id: str) -> tuple[str, int]:
    base, _, version = matrix_id.partition(".")
    return base, int(version or 0)


@functools.cache
def _load(release: str, tax_group: str | None, collection: str) -> tuple[Motif, ...]:
    import pyjaspar

    if release not in pyjaspar.jaspar_releases:
        raise ValueError(f"unknown JASPAR release {release}; known: {', '.join(releases())}")
    database = pyjaspar.jaspardb(release=release)
    groups = None if tax_group is None else [tax_group]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an empty result, which is an error below
        records = list(database.fetch_motifs(collection=collection, tax_group=groups))
    known = database.conn.execute(
        "select distinct VAL from MATRIX_ANNOTATION where TAG = 'tax_group' order by VAL"
    ).fetchall()
    database.conn.close()
    if not records:
        raise ValueError(
            f"{release} has no motif of tax group {tax_group} in collection {collection}; "
            f"its tax groups: {', '.join(group for (group,) in known)}"
        )
    records.sort(key=lambda record: _matrix_number(record.matrix_id))
    return tuple(_motif(record, release) for record in records)


def load(
    release: str = "JASPAR2016", tax_group: str | None = TAX_GROUP, collection: str = COLLECTION
) -> list[Motif]:
    """Returns the motifs of a JASPAR release, latest version of each, sorted by matrix id.

    Every position's counts are divided by their own sum, without pseudo-count, so zeros stay zeros.
    `name` is the matrix id, `alt_name` that of the factor, `nsites` the largest sum of counts of a
    position; `tf_family` and `tf_class` are JASPAR's, "Ets-related::FOX" for a dimer of two families. Read
    once per process.

    Args:
      release: one of `releases()`.
      tax_group: for example "vertebrates", "plants", "insects", "nematodes", "fungi"; None for all.
      collection: "CORE" or another that the release has.

    Raises:
      ValueError: for an unknown release, or if nothing matches.
    """
    return list(_load(release, tax_group, collection))


def select(motifs: Sequence[Motif], names: Sequence[str]) -> list[Motif]:
    """Returns the motifs called `names`, in that order.

    Raises:
      ValueError: naming those that are not there.
    """
    by_name = {motif.name: motif for motif in motifs}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise ValueError(f"no motif called {', '.join(missing)} among {len(by_name)}")
    return [by_name[name] for name in names]


def database(name: str | os.PathLike) -> list[Motif]:
    """Returns motifs to match against: a JASPAR release or a motif file.

    Args:
      name: a release such as "JASPAR2024" (vertebrates of its CORE collection), "JASPAR2024:plants"
        for another tax group, "JASPAR2024:all" for all of them, or the path of a motif file
        (`formats.read`). A file that exists wins over a release of the same name.

    Raises:
      ValueError: for a name that is neither, naming the known releases, or a file that is
        malformed.

    Examples:
      >>> import jaxmotif as jm
      >>> len(jm.database("JASPAR2024")) > 800
      True
    """
    path = pathlib.Path(name)
    if path.is_file() or path.is_fifo() or os.fspath(name) == meme.STDIN:
        return formats.read(name)
    text = os.fspath(name)
    release, _, group = text.partition(":")
    if release.upper() in releases():
        group = group.lower() or TAX_GROUP
        return load(release.upper(), None if group == "all" else group)
    if text.upper().startswith("JASPAR") and os.sep not in text and "." not in text:
        raise ValueError(f"unknown database {text}; known: {', '.join(releases())}, or a motif file")
    raise ValueError(f"no motif file at {text}, and no database of that name; known: {', '.join(releases())}")
