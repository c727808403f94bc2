"""`jaxmotif discover`: train networks, read their motifs, match them, write everything down."""

import contextlib
import dataclasses
import functools
import pathlib
import time
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif import config, files
from jaxmotif.apps import progress, rundir
from jaxmotif.apps.discover import (
    attributions,
    genomic,
    infomax,
    inputs,
    motif_outputs,
    pairs,
    ranking,
    round_folders,
    rounds,
    supervised,
)
from jaxmotif.apps.discover import classes as class_table
from jaxmotif.apps.discover.classes import ByClass, shares, told
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.page import OTHER_NEGATIVES, write_report
from jaxmotif.apps.discover.reading import Files
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.files import held_out
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.judge import composition, task
from jaxmotif.evaluate import classification
from jaxmotif.models import saved
from jaxmotif.motifs import jaspar

# How long testing in the order of the list takes, as a share of the search (.34 on 2,000 made peaks).
RANKING = 0.35
TRAIN = {"supervised": supervised.train, "infomax": infomax.train}


def evaluate(data: Dataset, logits_mn: np.ndarray) -> dict:
    """Returns AUROC with its 95 % bootstrap interval and average precision of the ensemble's mean logit."""
    labels_n, mean_n = data.known_labels[:, 0], logits_mn.mean(axis=0)
    return {
        "n": len(labels_n),
        **accuracy_of(data, mean_n),
        "aupr": float(classification.aupr(labels_n, mean_n)),
        "auroc_by_seed": [float(classification.auroc(labels_n, row)) for row in logits_mn],
    }


def accuracy_of(data: Dataset, scores_n: np.ndarray) -> dict:
    """Returns AUROC of scores with its 95 % bootstrap interval over groups of sequences."""
    interval = classification.bootstrap_interval(data.known_labels[:, 0], scores_n, groups=data.group)
    return {"auroc": interval.value, "auroc_ci": [interval.low, interval.high]}


def against_others(
    settings: Settings, splits: Splits, learner: Learner, shuffled: bool, peaks: Loci | None = None
) -> tuple[dict[str, dict], list[str]]:
    """Returns how well networks tell test positives from negatives of the other kind, as `accuracy_of`.

    Returns:
      {"against_shuffles"} for networks that were trained with regions of a genome, {"against_genome"} where
      there is one and they were trained with shuffles; else nothing. And notes: why there is none.
    """
    test = splits.test.positives
    if not settings.genome or settings.from_genome == shuffled:
        return {}, []
    if not shuffled:
        name, data = "against_shuffles", negatives.shuffled_negatives(test, settings.seed)
    else:
        positives = concatenate([part.positives for part in splits.parts])
        name = "against_genome"
        try:
            others = genomic.like(test, positives, settings, peaks)
        except ValueError as error:  # nothing that the trained networks should be lost for
            return {}, [f"no AUROC against the genome: {error}"]
        labels = np.zeros((len(others), 1), np.float32)
        others = dataclasses.replace(others, labels=labels, targets=test.targets, alphabet=test.alphabet)
        data = concatenate([test, others])
    return {name: accuracy_of(data, learner.scores(data.sequences).mean(axis=0))}, []


def objectives(settings: Settings, labelled: bool) -> list[str]:
    """Returns what to train for, the one that ranks first."""
    if settings.objective == "infomax" and not labelled:
        return ["infomax"]
    return ["supervised"] if settings.objective == "supervised" else ["supervised", "infomax"]


def discover(
    data: Dataset | Files | Splits,
    settings: Settings,
    labelled: bool = True,
    judged: bool = False,
    folder: pathlib.Path | None = None,
    resume: bool = True,
    given: Files | None = None,
) -> Discovery:
    """Returns what networks learn from sequences: motifs, matched and ranked, and their accuracy.

    Args:
      data: sequences or files that were read, of which parts are held out here (labels, if there are any, are
        0 and 1; without them dinucleotide shuffles are the negatives); or parts with labels.
      settings: everything else; its files of sequences are not read.
      labelled: whether the labels of `Splits` are real ones, not those of shuffles.
      judged: whether `Splits` come from `inputs.load`; else what lies in two parts is left out of the first.
      folder: where checkpoints and networks are kept, so that an interrupted run goes on; None keeps nothing.
      resume: whether to go on with what is in `folder`.
      given: the files that `Splits` are of, for the classes and the whole intervals.

    Raises:
      ValueError: for data that cannot be used; see `inputs.divide`.
    """
    given = data if isinstance(data, Files) else given
    classes, peaks = (given.classes, given.peaks) if given else (None, None)
    begin = time.monotonic()
    database = jaspar.database(settings.database) if settings.database else []
    if isinstance(data, Splits):
        splits = data if judged else task.checked(data)
    else:
        splits, labelled = inputs.divide(data, settings)
    names = objectives(settings, labelled)
    place = lambda name: folder if folder is None or len(names) == 1 else folder / name
    shuffled = rounds.are_shuffles(splits, labelled)
    plan = rounds.Plan(shuffled, settings.rounds, settings.readings, settings.site_p, settings.seed)
    # Without labels networks learn to tell sequences from shuffles, and so are their motifs told.
    plans = [plan._replace(shuffled=shuffled or name != "supervised") for name in names]
    training: list[float] = []  # seconds
    searches = [
        rounds.search(functools.partial(_train, settings, name, resume, training), splits, how, place(name))
        for name, how in zip(names, plans, strict=True)
    ]
    for name, own in zip(names, searches, strict=True):
        round_folders.forget(place(name), len(own))
    # The first round's networks are those that predict; later ones learn what is left.
    networks = [past[0].learner for past in searches]
    searching = time.monotonic() - begin - sum(training)
    scores = {one.objective: one.scores(splits.test.sequences) for one in networks}
    accuracy = {
        one.objective: {
            "validation": evaluate(splits.valid, one.scores(splits.valid.sequences)),
            "test": evaluate(splits.test, scores[one.objective]),
        }
        for one in networks
    }
    simple = composition.scores(splits.train, splits.test)
    # Motifs and sites are those of the user's own file, all of it.
    own = [splits.train, splits.valid] + ([] if settings.test else [splits.test])
    with progress.step("testing motifs in the order of the list", RANKING * searching):
        found = ranking.ranked(
            searches,
            settings.site_p,
            settings.level,
            concatenate(own),
            database,
            again=[rounds.started(splits, how).score for how in plans],
        )
    matched = lambda motifs: (
        dataclasses.replace(motifs.match(database), database=settings.database)
        if settings.database
        else motifs
    )
    motifs, others = matched(found.listed), matched(found.others)
    by_class = None
    if classes is not None:
        by_class = ByClass(
            classes.names,
            shares(motifs, concatenate(own).positives, classes),
            told(settings, splits, classes, folder, resume),
            class_table.labels_of(concatenate(own), classes),
        )
    of_negatives = None
    if not shuffled:
        theirs = concatenate(own)
        theirs = dataclasses.replace(theirs, labels=1 - theirs.known_labels)
        with progress.step("looking for motifs of the negatives", searching):
            swapped = rounds.of_negatives(networks[0], splits, plan)
            marks = ranking.ranked(
                [[swapped]],
                settings.site_p,
                settings.level,
                theirs,
                database,
                again=[rounds.started(rounds.exchanged(splits), plan._replace(shuffled=False)).score],
            )
            of_negatives = matched(marks.listed)
    with progress.step("scoring negatives of the other kind"):
        against, notes = against_others(settings, splits, networks[0], shuffled, peaks)
    splits = dataclasses.replace(splits, train=splits.train.with_notes(*notes))
    metrics = {
        "train": len(splits.train),
        "objectives": names,
        **accuracy[names[0]],
        "by_objective": accuracy,
        **against,
        "composition": {name: accuracy_of(splits.test, own) for name, own in simple.items()},
        **({"by_class": class_table.accuracy(by_class.told)} if by_class else {}),
        "motifs": len(motifs),
        "rounds": max(map(len, searches)),
        **found.counts,
        "seconds_training": round(sum(training), 1),
        "seconds": round(time.monotonic() - begin, 1),
    }
    return Discovery(
        settings,
        splits,
        networks,
        motifs,
        metrics,
        scores,
        len(database),
        others=others,
        of_negatives=of_negatives,
        by_class=by_class,
    )


def _train(
    settings: Settings,
    name: str,
    resume: bool,
    seconds: list[float],
    splits: Splits,
    folder: pathlib.Path | None,
) -> Learner:
    """Trains the networks of one objective and round, and adds to `seconds` how long that took.

    A later round's sequences depend on the motifs of those before: what was trained on others is not used.
    """
    if folder is not None and folder.name.startswith(saved.LATER_ROUND):
        round_folders.of_these_sequences(folder, splits)
    begin = time.monotonic()
    learner = TRAIN[name](settings, splits, folder, resume)
    seconds.append(time.monotonic() - begin)
    return learner


def write(found: Discovery, folder: pathlib.Path) -> None:
    """Writes motifs, matches, sites, accuracy, held-out sequences and report.html into `folder`."""
    held_out.write(folder, found.splits.test)
    files.write_json(folder / "metrics.json", found.metrics)
    motif_outputs.write(folder, found.motifs, found.settings, bool(found.splits.train.placed.any()))
    pairs.write(folder / "pairs.tsv", found.pairs, found.motifs)
    if found.by_class:
        class_table.write(folder / "classes.tsv", found.by_class, found.motifs)
        class_table.write_accuracy(folder / "classes_auroc.tsv", found.by_class.told)
    for name, motifs in (("others", found.others), ("negatives", found.of_negatives)):
        motif_outputs.write_others(folder, name, motifs)
    attributions.write(found, folder)
    write_report(folder, found, rundir.environment())


def run(
    splits: Splits,
    labelled: bool,
    settings: Settings,
    folder: pathlib.Path,
    said: Sequence[str] = (),
    resume: bool = True,
    given: Files | None = None,
) -> list[str]:
    """Discovers in the run directory `folder`, writes everything there, and returns what to print."""
    earlier = None
    with contextlib.suppress(ValueError, LookupError):  # not there, or damaged
        earlier = config.read(folder / "metrics.json")["seconds_training"]
    found = discover(splits, settings, labelled, True, folder, resume, given)
    if earlier is not None:  # the networks were there: it is their training that took time
        analysis = found.metrics["seconds"] - found.metrics["seconds_training"]
        times = {"seconds_training": earlier, "seconds": round(earlier + analysis, 1)}
        found = dataclasses.replace(found, metrics={**found.metrics, **times})
    found = dataclasses.replace(found, said=tuple(said))
    with progress.step("writing tables and the page"):
        write(found, folder)
    lines = [*summary_lines(found), f"report: {folder / 'report.html'}"]
    # Last, and with what was printed before: it tells a finished run.
    rundir.finish(folder, [*said, *lines])
    return lines


def _other_negatives(metrics: Mapping) -> list[str]:
    lines = []
    for name, what in OTHER_NEGATIVES.items():
        if other := metrics.get(name):
            low, high = other["auroc_ci"]
            lines.append(
                f"the same networks, peaks {what}: AUROC {other['auroc']:.4f} ({low:.4f} to {high:.4f})"
            )
    return lines


def summary_lines(found: Discovery) -> list[str]:
    """Returns what the command prints at the end."""
    metrics, test = found.metrics, found.metrics["test"]
    kind = (
        "held-out AUROC"
        if metrics["objectives"][0] == "supervised"
        else "held out, told from shuffles: AUROC"
    )
    simple = ", ".join(f"{name} {own['auroc']:.3f}" for name, own in metrics["composition"].items())
    lines = [
        f"{kind} {test['auroc']:.4f} (95 % {test['auroc_ci'][0]:.4f} to {test['auroc_ci'][1]:.4f}), "
        f"AUPR {test['aupr']:.4f} on {test['n']} sequences; {metrics['motifs']} motifs, "
        f"{metrics['seconds']:.0f} s",
        *_other_negatives(metrics),
        f"without any motif, AUROC: {simple}",
        f"{'motif':<10} {'E':>8} {'support':>7} {'sites':>7} {'importance':>10}  match (E)",
    ]
    for row in found.motifs.to_records()[:10]:
        match = row["best_match"]
        text = f"{match['title']} {match['id']} ({match['e']:.2g})" if match else "no match"
        both = len(row["found_by"]) > 1
        found_by = (
            ", ".join(f"{name} {count}" for name, count in row["found_by"].items() if count) if both else ""
        )
        lost = "" if row["importance"] is None else f"{row['importance']:.4f}"
        lines.append(
            f"{row['name']:<10} {row['e']:>8.1e} {row['support']:>3} of {row['seeds']} {row['sites']:>6} "
            f"{lost:>10}  {text}" + (f"; {found_by}" if both else "")
        )
    if found.of_negatives:
        names = ", ".join(
            row["best_match"]["title"] if row["best_match"] else "no match"
            for row in found.of_negatives.to_records()
        )
        lines.append(f"the negatives are marked by {len(found.of_negatives)} motifs: {names}")
    if len(found.others):
        variants = int(found.nested.sum())
        lines.append(
            f"not listed: {len(found.others) - variants} motifs that held-out sequences do not confirm, "
            f"{variants} variants or parts of listed ones that they do"
        )
    return lines + [str(note) for note in found.notes]
