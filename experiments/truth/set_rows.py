"""One set: `discover` and its peers, scored alike; a finished row is read from its file."""

import pathlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.common import records
from experiments.truth import peers, predicting, rule_scoring, scoring
from experiments.truth.rules import Rule
from experiments.truth.sets import Planted
from jaxmotif import dna, files
from jaxmotif.apps.discover import pipeline, rounds
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Splits
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet

DISCOVER = "discover"
# What a list is cut by: the E-value by which `discover` and its peers list, and q of all that was tested.
BY_E, BY_Q = "E", {"q .05": 0.05, "q .10": 0.10}


class Loaded(NamedTuple):
    """A set.

    Attributes:
      splits: its parts, labelled.
      labelled: whether the negatives are given; else they are shuffles.
      planted: what is in it; None where nobody knows.
      rule: that two of these keep, or None.
    """

    splits: Splits
    labelled: bool
    planted: tuple[Planted, ...] | None
    rule: Rule | None = None


class Job(NamedTuple):
    """One set to run.

    Attributes:
      name, kind: see `sets.MadeSet`.
      load: makes or reads it.
      settings: of `discover`.
    """

    name: str
    kind: str
    load: Callable[[], Loaded]
    settings: Settings


def run(
    folder: pathlib.Path, job: Job, peer_folder: str, database: Sequence[Motif], resume: bool
) -> list[dict]:
    """Returns the rows of all tools on one set, `discover` first; those that are there are not made again.

    Args:
      folder: of the run; rows and lists of motifs lie in rows/.
      job: the set.
      peer_folder: see `peers.paths`; "" for none.
      database: gives names where the truth is not known.
      resume: whether to take what is there.

    Raises:
      ValueError: for a set that `discover` refuses, or a peer's file that cannot be read.
      Failed: if its networks cannot be trained.
    """
    place, loaded = folder / "rows" / files.safe_name(job.name), None
    place.parent.mkdir(exist_ok=True)
    record = place.with_name(f"{place.name}.{DISCOVER}.json")
    if resume and (row := records.kept(record)):
        rows = [row]
    else:
        loaded = job.load()
        rows = [_of_discover(job, loaded, database, place)]
        records.keep(record, rows[0])
    for tool, path in peers.paths(peer_folder, job.name).items():
        record = place.with_name(f"{place.name}.{tool}.json")
        row = (records.kept(record) if resume else None) or {}
        if row.get("sha256") != files.sha256(path):
            loaded = loaded or job.load()
            peer = peers.read(tool, path, job.settings.level)
            lists = _Lists(peer.listed, peer.others, {BY_E: list(peer.listed)})
            row = _head(job, tool) | {"sha256": peer.sha256}
            row |= _scored(job.settings, loaded, database, lists)
            records.keep(record, row)
        rows.append(row)
    return rows


def write_fasta(folder: pathlib.Path, job: Job) -> None:
    """Writes what `discover` may learn a made set from into fasta/, for other programs: NAME.fa, and
    NAME.negatives.fa where these are given. Held-out sequences are not among it.
    """
    place = folder / "fasta" / files.safe_name(job.name)
    place.parent.mkdir(exist_ok=True)
    if place.with_name(f"{place.name}.fa").exists():
        return
    loaded = job.load()
    for positive, ending in ((False, "negatives.fa"), (True, "fa"))[not loaded.labelled :]:
        parts = loaded.splits.train, loaded.splits.valid
        own = [part.positives if positive else part.negatives for part in parts]
        letters = [text for part in own for text in dna.decode(part.sequences)]
        text = "".join(f">sequence{i + 1}\n{one}\n" for i, one in enumerate(letters))
        files.write_text(place.with_name(f"{place.name}.{ending}"), text)


def _head(job: Job, tool: str) -> dict:
    return {"set": job.name, "kind": job.kind, "tool": tool}


class _Lists(NamedTuple):
    """What a tool says of a set: what it lists, what else it tried, and its list by every cut.

    `nested` are those of `others` that are told below a listed motif: its confirmed variants and parts.
    """

    listed: MotifSet
    others: MotifSet
    by_cut: Mapping[str, Sequence[Motif]]
    nested: Sequence[Motif] = ()


def _of_discover(job: Job, loaded: Loaded, database: Sequence[Motif], place: pathlib.Path) -> dict:
    begin, cpu = time.monotonic(), time.process_time()
    found = pipeline.discover(loaded.splits, job.settings, loaded.labelled, judged=True)
    row = _head(job, DISCOVER) | {
        "auroc": found.metrics["test"]["auroc"],
        "rounds": found.metrics["rounds"],
        "seconds": round(time.monotonic() - begin, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }
    for motifs, name in ((found.motifs, "motifs"), (found.others, "others")):
        if len(motifs):  # to be looked at
            motifs.to_meme(place.with_name(f"{place.name}.{name}.meme"))
    by_cut = {BY_E: list(found.motifs)}
    by_cut |= {name: scoring.at_q(found.motifs, found.others, level) for name, level in BY_Q.items()}
    nested = list(found.others[found.nested])
    row |= _scored(job.settings, loaded, database, _Lists(found.motifs, found.others, by_cut, nested))
    if loaded.rule and loaded.planted:
        listed, planted = list(found.motifs), [one.motif for one in loaded.planted]
        best = scoring.against(listed, loaded.planted).best
        row["rule found"] = rule_scoring.judged(loaded.rule, planted, listed, best, found.pairs)
    return row


def _scored(settings: Settings, loaded: Loaded, database: Sequence[Motif], lists: _Lists) -> dict:
    """What is true of a list, where that is known, and what of it held-out sequences confirm."""
    tried = MotifSet([*lists.listed.motifs, *lists.others.motifs])
    e = confirmed(loaded.splits, loaded.labelled, tried.motifs, settings.seed)
    significant, claimed = e <= settings.level, np.arange(len(tried)) < len(lists.listed)
    row = {
        "tried": len(tried),
        "listed": len(lists.listed),
        "significant": int((significant & claimed).sum()),
        "unconfirmed": int((claimed & ~significant).sum()),
        "significant of tried": int(significant.sum()),
        "e": e.tolist(),
    }
    if loaded.planted is None:
        named = tried.match(database) if len(tried) else tried
        row["families"], row["unnamed"] = scoring.families(named[significant & claimed])
        row["families of tried"], _ = scoring.families(named[significant])
        row["nested"] = len(lists.nested)
        row["list_auroc"] = predicting.auroc(loaded.splits, [*lists.listed, *lists.nested])
        row["tried_auroc"] = predicting.auroc(loaded.splits, tried.motifs)
        return row
    # Rows of earlier versions have none.
    row["rule"] = loaded.rule and loaded.rule.record([own.name for own in loaded.planted])
    return row | against(loaded.planted, lists.by_cut)


def against(planted: Sequence[Planted], by_cut: Mapping[str, Sequence[Motif]]) -> dict:
    """Returns {"planted", "lists"} of a row: what is in the set, and what of each cut's list is true.

    Each planted motif that a list has stands there with its correlation, the others with None.
    """
    return {
        "planted": [{"name": own.name, "share": own.share, "decoy": own.decoy} for own in planted],
        "lists": {
            name: _judged(scoring.against(motifs, planted), motifs, planted)
            for name, motifs in by_cut.items()
        },
    }


def _judged(verdict: scoring.Verdict, motifs: Sequence[Motif], planted: Sequence[Planted]) -> dict:
    near = [
        scoring.correlation(motifs[at], own.motif) if at >= 0 else None
        for at, own in zip(verdict.best, planted, strict=True)
    ]
    counts = {name: getattr(verdict, name) for name in ("true", "repeated", "false", "blurred", "decoys")}
    return counts | {"correlation": near}


def confirmed(splits: Splits, labelled: bool, motifs: Sequence[Motif], seed: int) -> np.ndarray:
    """Returns the E-value of each motif of a list on the held-out sequences: p times the list's length.

    Whoever made the list: thresholds are chosen on the training sequences, and the motifs before are hidden
    (`successive.Search.score`).
    """
    if not motifs:
        return np.zeros(0)
    search = rounds.started(splits, rounds.Plan(rounds.are_shuffles(splits, labelled), seed=seed))
    return np.array([one.test.p for one in search.score(motifs)]) * len(motifs)
