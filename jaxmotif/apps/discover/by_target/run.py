"""`jaxmotif discover` on a table of targets: networks, motifs of each target, and what goes with what."""

import dataclasses
import os
import pathlib
import time
from collections.abc import Sequence

import numpy as np

from jaxmotif import files
from jaxmotif.apps import progress, rundir
from jaxmotif.apps.discover import motif_outputs, ranking
from jaxmotif.apps.discover.by_target import accuracy, association, by_side, contrasts, networks
from jaxmotif.apps.discover.by_target.association import Association
from jaxmotif.apps.discover.by_target.found import ByTarget
from jaxmotif.apps.discover.by_target.page import write_report
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.files import held_out
from jaxmotif.data.targets import MULTICLASS, Kind
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.evidence import Evidence, TargetEffect
from jaxmotif.motifs.motif_set import MotifSet


def discover(
    splits: Splits,
    kind: Kind,
    settings: Settings,
    folder: pathlib.Path | None = None,
    resume: bool = True,
    trained: networks.Trained | None = None,
) -> ByTarget:
    """Returns what networks learn from sequences with targets, and which motif goes with which target.

    One set of networks learns all targets. For each side of each target (see `contrasts`) motifs of its
    filters, and words, are looked for as `rounds.take` does; what held-out sequences confirm is listed, each
    motif once, whichever target it was found for.

    Args:
      splits: labelled parts, see `inputs.divide`.
      kind: of the targets.
      settings: everything else.
      folder: where checkpoints and networks are kept; None keeps nothing.
      resume: whether to go on with what is in `folder`.
      trained: networks that are trained already, with an output for each target; None trains some.

    Raises:
      ValueError: for targets that cannot be learned, see `networks.train`.
    """
    begin = time.monotonic()
    database = jaspar.database(settings.database) if settings.database else []
    if trained is None:
        trained = networks.train(settings, kind, splits, folder, resume)
    training = time.monotonic() - begin
    predicted_nt = trained.network.probabilities(splits.test.sequences)
    told = accuracy.of(kind, splits, predicted_nt)
    sides, notes = contrasts.contrasts(kind, splits)
    train = lambda left, place: networks.train(settings, kind, left, place, resume)
    searches = by_side.search(train, trained, kind, settings, splits, sides, folder)
    # Sites are listed in all sequences, whatever is known of them.
    whole = concatenate(splits.parts)
    whole = dataclasses.replace(whole, labels=np.ones(len(whole), np.float32), targets=("any",))
    with progress.step("testing motifs in the order of the list"):
        ranked = ranking.ranked(
            searches,
            settings.site_p,
            settings.level,
            whole,
            database,
            again=[side.search(splits).score for side in sides],
            by_p=True,
        )
    by_name = {side.name: side for side in sides}
    with progress.step("comparing motifs with the database and with every target"):
        motifs, others = (
            _matched(_with_prevalence(own, by_name, splits.test), database, settings)
            for own in (ranked.listed, ranked.others)
        )
        associations = association.associations(motifs, splits.test, kind)
    motifs = _with_targets(motifs, associations, splits.train.targets)
    name, mean = accuracy.summary(kind, told)
    test: dict = {"n": len(splits.test), "metric": name, "mean": mean}
    if kind == MULTICLASS:
        test["classes"] = accuracy.of_classes(splits.test, predicted_nt)
    metrics = {
        "task": kind,
        "train": len(splits.train),
        "validation": len(splits.valid),
        "test": test,
        "by_target": accuracy.as_json(told),
        "motifs": len(motifs),
        **ranked.counts,
        "seconds_training": round(training, 1),
        "seconds": round(time.monotonic() - begin, 1),
    }
    return ByTarget(
        settings,
        kind,
        splits,
        trained,
        motifs,
        others,
        associations,
        told,
        metrics,
        len(database),
        tuple(notes),
    )


def _matched(motifs: MotifSet, database, settings: Settings) -> MotifSet:
    if not settings.database:
        return motifs
    return dataclasses.replace(motifs.match(database), database=settings.database)


def _with_prevalence(motifs: MotifSet, sides: dict[str, contrasts.Contrast], test: Dataset) -> MotifSet:
    """Motifs with the shares of held-out sequences of both sides of their own target that have a site."""
    has_nm = association.has_sites(motifs, test)

    def own(number: int, known: Evidence) -> Evidence:
        side_n = sides[known.target].sides(test)
        shares = [has_nm[side_n == one, number] for one in (1, 0)]
        positive, negative = (float(share.mean()) if len(share) else 0.0 for share in shares)
        return dataclasses.replace(known, prevalence=(positive, negative))

    return dataclasses.replace(motifs, evidence=[own(*one) for one in enumerate(motifs.evidence)])


def _with_targets(motifs: MotifSet, found: Sequence[Association], targets: Sequence[str]) -> MotifSet:
    """Motifs that know with which targets they go, and how."""
    own: list[list[TargetEffect]] = [[] for _ in range(len(motifs))]
    for one in found:
        own[one.motif].append(TargetEffect(targets[one.target], one.effect, one.p, one.q))
    known = [
        dataclasses.replace(evidence, by_target=tuple(effects))
        for evidence, effects in zip(motifs.evidence, own, strict=True)
    ]
    return dataclasses.replace(motifs, evidence=known)


def write(found: ByTarget, folder: pathlib.Path) -> None:
    """Writes motifs, matches, sites, associations, accuracy and report.html into `folder`."""
    held_out.write_with_targets(folder, found.splits.test)
    files.write_json(folder / "metrics.json", found.metrics)
    motif_outputs.write(folder, found.motifs, found.settings, bool(found.splits.train.placed.any()))
    motif_outputs.write_others(folder, "others", found.others)
    files.write_text(
        folder / "targets.tsv", association.table(found.associations, found.motifs, found.targets)
    )
    files.write_text(folder / "targets_accuracy.tsv", accuracy.table(found.told))
    write_report(folder, found, rundir.environment())


def run(
    splits: Splits,
    kind: Kind,
    settings: Settings,
    folder: pathlib.Path,
    said: tuple[str, ...] = (),
    resume: bool = True,
) -> list[str]:
    """Discovers in the run directory `folder`, writes everything there, and returns what to print."""
    found = dataclasses.replace(discover(splits, kind, settings, folder, resume), said=said)
    with progress.step("writing tables and the page"):
        write(found, folder)
    lines = [*summary_lines(found), f"report: {os.fspath(folder / 'report.html')}"]
    # Last, and with what was printed before: it tells a finished run.
    rundir.finish(folder, [*said, *lines])
    return lines


def summary_lines(found: ByTarget) -> list[str]:
    """Returns what the command prints at the end."""
    metrics = found.metrics
    lines = [
        f"held out, {accuracy.headline(found.kind, metrics)}, on {metrics['test']['n']} sequences; "
        f"{metrics['motifs']} motifs, {metrics['seconds']:.0f} s",
        f"{'motif':<10} {'E':>8} {'support':>7} {'sites':>7}  goes with; match (E)",
    ]
    for number, row in enumerate(found.motifs.to_records()[:10]):
        match = row["best_match"]
        text = f"{match['title']} {match['id']} ({match['e']:.2g})" if match else "no match"
        own = [one for one in found.associations if one.motif == number and one.q <= found.settings.level]
        own.sort(key=lambda one: one.p)
        goes = ", ".join(f"{found.targets[one.target]} ({one.effect:+.1f})" for one in own[:4])
        lines.append(
            f"{row['name']:<10} {row['e']:>8.1e} {row['support']:>3} of {row['seeds']} {row['sites']:>6}  "
            f"{goes or row['target']}; {text}"
        )
    if len(found.others):
        variants = int(found.nested.sum())
        lines.append(
            f"not listed: {len(found.others) - variants} motifs that held-out sequences do not confirm, "
            f"{variants} variants or parts of listed ones that they do"
        )
    return lines + [str(note) for note in found.notes]
