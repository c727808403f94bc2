"""What the page says of each listed motif when its row is opened: places, examples, partners, classes."""

import pathlib
from collections.abc import Sequence

import numpy as np
import scipy.stats

from jaxmotif import dna
from jaxmotif.apps.discover.classes import ByClass
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs import centring, places, scan
from jaxmotif.motifs.evidence import Ablation
from jaxmotif.motifs.places import Rows
from jaxmotif.motifs.scan import Sites
from jaxmotif.report.motif_details import Example, InClass, Loss, MotifDetails, Places
from jaxmotif.report.pair_table import PairTable

# Shown of each motif, at most: sites, letters beside each, partners, classes.
EXAMPLES, FLANK, PARTNERS, CLASSES = 12, 10, 5, 8
BINS = 40
LOG_LOSS, ESTIMATE = "log-loss rises by, nats", "estimate falls by, nats"


def details(found: Discovery, folder: pathlib.Path, pairs: PairTable | None) -> list[MotifDetails]:
    """Returns what is shown of each listed motif.

    Args:
      found: the discovery.
      folder: of the run, whose files of sites are written.
      pairs: of the motifs, None without any.
    """
    data, motifs = found.own, found.motifs
    if not len(motifs):
        return []
    sites, rows = motifs.sites, motifs.rows
    assert sites is not None and rows is not None  # of a discovery they are known
    positive = np.flatnonzero(data.is_positive)
    # Sites are those of the positives, whose rows are numbered in the whole.
    mine, letters = rows.take(positive), data.sequences[positive]
    number = np.full(len(data), -1)
    number[positive] = np.arange(len(positive))
    examples = _examples(found, folder)
    shown = []
    for place, (motif, known) in enumerate(zip(motifs, motifs.evidence, strict=True)):
        here = sites.take(sites.motif == place)
        theirs = _renumbered(here, number)
        spread = centring.spread(theirs, mine, motif.width, letters)
        partners = pairs.of(place) if pairs else []
        shown.append(
            MotifDetails(
                None if spread is None else Places(spread, motif.width, rows.length, known.centring),
                examples[place],
                losses(known.ablation, known.importance_of),
                known.effect,
                partners[:PARTNERS],
                max(len(partners) - PARTNERS, 0),
                _classes(found.by_class, place, motif.width, here, data) if found.by_class else (),
            )
        )
    return shown


def losses(known: Ablation | None, objective: str) -> list[Loss]:
    """Returns what networks lose without a motif's filters, with Student's interval over networks."""
    if known is None:
        return []
    nats = LOG_LOSS if objective != "infomax" else ESTIMATE
    return [
        Loss(what, float(np.mean(values)), _interval(values), values)
        for what, values in (("AUROC falls by", known.auroc), (nats, known.nats))
        if len(values)
    ]


def _interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's 95 % interval of a mean; None of one value."""
    if len(values) < 2:
        return None
    mean, error = float(np.mean(values)), float(scipy.stats.sem(values))
    half = float(scipy.stats.t.ppf(0.975, len(values) - 1)) * error
    return mean - half, mean + half


def _renumbered(sites: Sites, number: np.ndarray) -> Sites:
    """Sites in rows that have a number, by these."""
    known = sites.take(number[sites.sequence] >= 0)
    return Sites(**{**vars(known), "sequence": number[known.sequence]})


def _examples(found: Discovery, folder: pathlib.Path) -> list[list[Example]]:
    """The strongest sites of each motif in held-out positives, one a sequence, with the letters around."""
    test, motifs = found.splits.test, found.motifs
    data, sites = test.positives, held_out_sites(found)
    rows = Rows.of(data)
    shown, wanted = [], {}
    for place, motif in enumerate(motifs):
        own = sites.take(sites.motif == place)
        own = own.take(centring.best_in_row(own))
        own = own.take(np.lexsort((own.sequence, own.p))[:EXAMPLES])
        keys = _keys(own, rows, motif.name)
        wanted |= dict.fromkeys(keys)
        shown.append((own, keys))
    # A test file of its own has no sites in the run's files.
    name = "" if found.settings.test else "sites.bed" if (folder / "sites.bed").exists() else "sites.tsv"
    lines = _lines(folder / name, wanted) if name else {}
    return [
        [
            Example(
                _text(key),
                key[3],
                (own.start[i] + own.end[i]) / 2 - data.length / 2,
                float(own.score[i]),
                *_context(data, own, i),
                f"{name}, line {lines[key]:,}" if key in lines else "",
            )
            for i, key in enumerate(keys)
        ]
        for own, keys in shown
    ]


def held_out_sites(found: Discovery) -> Sites:
    """Returns the listed motifs' sites in the held-out positives, by the rows of these."""
    test, motifs = found.splits.test, found.motifs
    assert motifs.sites is not None
    if found.settings.test:  # not among the sequences whose sites are listed
        p = [known.site_p or found.settings.site_p for known in motifs.evidence]
        return scan.scan(test.positives, list(motifs), p, background=motifs[0].background)
    data = found.own
    number = np.full(len(data), -1)
    held_out = np.flatnonzero(test.is_positive)
    number[len(data) - len(test) + held_out] = np.arange(len(held_out))
    return _renumbered(motifs.sites, number)


# Sequence or chromosome, start, end, strand, motif.
_Key = tuple[str, int, int, str, str]


def _keys(sites: Sites, rows: Rows, name: str) -> list[_Key]:
    """How the files of sites call them: in the genome, else in their records."""
    known, own = rows.in_genome, places.in_records(sites, rows)
    found: list[_Key] = []
    for i, row in enumerate(sites.sequence.tolist()):
        start, end, strand = int(sites.start[i]), int(sites.end[i]), str(sites.strand[i])
        if known[row]:
            found.append((*rows.in_chromosome(row, start, end, strand), name))
        else:
            found.append((rows.names[row], int(own.start[i]), int(own.end[i]), strand, name))
    return found


def _lines(path: pathlib.Path, wanted: dict) -> dict[_Key, int]:
    """Lines, from 1, on which a file lists some sites."""
    bed, found = path.suffix == ".bed", {}
    with path.open() as stream:
        for number, line in enumerate(stream, 1):
            cells = line.rstrip("\n").split("\t")
            if not cells[1:] or not cells[1].isdecimal():
                continue
            strand, motif = (cells[5], cells[3]) if bed else (cells[3], cells[4])
            key = (cells[0], int(cells[1]), int(cells[2]), strand, motif)
            if key in wanted:
                found[key] = number
    return found


def _text(key: _Key) -> str:
    # From 1 and with the end, as genome browsers take it.
    return f"{key[0]}:{key[1] + 1:,}-{key[2]:,}"


def _context(data: Dataset, sites: Sites, i: int) -> tuple[str, str, str]:
    """Letters before a site, of it and behind it, so that the motif reads forwards; " " beyond the row."""
    row, start, end = int(sites.sequence[i]), int(sites.start[i]), int(sites.end[i])
    before, behind = (
        data.sequences[row, max(start - FLANK, 0) : start],
        data.sequences[row, end : end + FLANK],
    )
    parts = [before, data.sequences[row, start:end], behind]
    if sites.strand[i] == "-":
        parts = [np.asarray(dna.reverse_complement(part)) for part in parts[::-1]]
    left, site, right = (dna.decode(part[None], data.alphabet)[0] for part in parts)
    return left.rjust(FLANK), site, right.ljust(FLANK)


def _classes(known: ByClass, place: int, width: int, sites: Sites, data: Dataset) -> list[InClass]:
    """One motif in the classes that tell most: how often, and where its sites lie in their peaks."""
    shown = sorted((one for one in known.shares if one.motif == place), key=lambda one: (one.q, one.number))
    rows, found = Rows.of(data), []
    for one in shown[:CLASSES]:
        member = np.flatnonzero(known.labels[:, one.number] == 1)
        number = np.full(len(data), -1)
        number[member] = np.arange(len(member))
        own, theirs = rows.take(member), _renumbered(sites, number)
        found.append(
            InClass(
                known.names[one.number],
                one.inside,
                one.of,
                one.outside,
                one.others,
                one.log2,
                one.q,
                places.densities(theirs, own, width, BINS).tolist() if len(theirs) else None,
                centring.centring(theirs, own, width, data.sequences[member]),
            )
        )
    return found
