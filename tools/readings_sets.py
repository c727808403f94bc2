"""One set of experiments.truth, of which networks are trained once and read in several ways."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import readings_modisco
from readings_modisco import cpu_seconds

from experiments.truth import intervals, scoring, set_rows, sets, summary
from experiments.truth.set_rows import BY_E, Job, Loaded
from jaxmotif.apps.discover import pipeline, ranking, rounds
from jaxmotif.apps.discover.candidates import Candidates
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.rounds import Plan, Round
from jaxmotif.apps.discover.settings import FILTERS, SEQLETS, WORDS
from jaxmotif.data.dataset import concatenate
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet

READINGS = {
    "filters": (FILTERS,),
    "seqlets": (SEQLETS,),
    "words": (WORDS,),
    "filters + words": (FILTERS, WORDS),
    "filters + seqlets": (FILTERS, SEQLETS),
    "all three": (FILTERS, SEQLETS, WORDS),
}
# Its own list, in its order; and its patterns as candidates from which motifs are chosen and drawn anew.
MODISCO, CHOSEN = "TF-MoDISco", "TF-MoDISco, chosen"
PLANTED = "planted"


def rows(job: Job, database: Sequence[Motif], program: str | None, warm: bool = False) -> Iterator[dict]:
    """Yields a row of each reading of one set, all of the same networks.

    Args:
      job: the set.
      database: gives the motifs of real peaks their families.
      program: path of `modisco`, or None to leave it out.
      warm: whether to read once before, so that no reading pays for compiling.
    """
    loaded = job.load()
    splits, begin = loaded.splits, cpu_seconds()
    learner = pipeline.TRAIN["supervised"](job.settings, splits, None, False)
    trained = cpu_seconds() - begin
    settings = job.settings
    plan = Plan(rounds.are_shuffles(splits, loaded.labelled), 1, site_p=settings.site_p, seed=settings.seed)
    whole = plan._replace(readings=READINGS["all three"])
    if warm:
        rounds.take(rounds.started(splits, plan), learner, splits, whole)

    def row(reading: str, tested: int, listed: MotifSet, begin: float, until: float) -> dict:
        head = {"set": job.name, "kind": job.kind, "reading": reading, "tested": tested}
        # Words are there whether or not networks learn.
        needed = 0.0 if reading == WORDS else trained
        head |= {"cpu_seconds": round(until - begin, 2), "cpu_seconds_training": round(needed, 2)}
        return head | _worth(loaded, listed, database)

    for name, readings in READINGS.items():
        begin = cpu_seconds()
        found = rounds.take(rounds.started(splits, plan), learner, splits, plan._replace(readings=readings))
        until = cpu_seconds()
        yield row(name, len(found.taken), _listed(found, job), begin, until)
    if not program:
        return
    begin = cpu_seconds()
    try:
        patterns = readings_modisco.patterns(program, learner.network, splits.train.positives)
    except readings_modisco.Failed as error:  # nothing is found then, and others are still read
        for name in (MODISCO, CHOSEN):
            yield row(name, 0, MotifSet([]), begin, cpu_seconds()) | {"failed": str(error)}
        return
    finding = cpu_seconds() - begin
    e = set_rows.confirmed(splits, loaded.labelled, patterns, settings.seed)
    until = cpu_seconds()
    listed = MotifSet([motif for motif, one in zip(patterns, e, strict=True) if one <= settings.level])
    yield row(MODISCO, len(patterns), listed, begin, until) | {"cpu_seconds_finding": round(finding, 2)}
    begin = cpu_seconds() - finding
    taken = rounds.started(splits, plan).take(patterns)
    until = cpu_seconds()
    found = Round(learner, Candidates([], [], 0, 0, 0), taken, splits, [None] * len(taken))
    yield row(CHOSEN, len(taken), _listed(found, job), begin, until)


def _listed(found: Round, job: Job) -> MotifSet:
    """What `discover` lists of it. What is lost without a filter is not asked, as it changes no list."""
    unmeasured: Learner = dataclasses.replace(found.learner, importance=None)
    own, splits = found._replace(learner=unmeasured), found.splits
    return ranking.ranked([[own]], job.settings.site_p, job.settings.level, concatenate(splits.parts)).listed


def _worth(loaded: Loaded, listed: MotifSet, database: Sequence[Motif]) -> dict:
    """What a list is worth: next to what was planted, or by the families that its motifs are named by."""
    if loaded.planted is not None:
        return {"listed": len(listed)} | set_rows.against(loaded.planted, {BY_E: list(listed)})
    families, unnamed = scoring.families(listed.match(database) if len(listed) else listed)
    return {"listed": len(listed), "families": families, "unnamed": unnamed}


def table_rows(found: Sequence[Mapping]) -> list[dict]:
    """Returns a line of each reading: of all planted sets together, then of each real set."""
    lines = []
    is_planted = lambda row: row["kind"] in sets.PLANTED
    groups = {PLANTED: [row for row in found if is_planted(row)]}
    for row in found:
        if not is_planted(row):
            groups.setdefault(row["set"], []).append(row)
    for group, of_group in groups.items():
        for reading in dict.fromkeys(row["reading"] for row in of_group):
            own = [row for row in of_group if row["reading"] == reading]
            lines.append({"set": group, "sets": len(own), "reading": reading} | _line(own, group == PLANTED))
    return lines


def _line(own: Sequence[Mapping], planted: bool) -> dict:
    mean = lambda values: round(float(np.mean(values)), 2)
    line = {key: mean([row[key] for row in own]) for key in ("tested", "listed")}
    if planted:
        lists = [row["lists"][BY_E] for row in own]
        line |= {key: mean([one[key] for one in lists]) for key in ("true", "repeated", "false")}
        of = {"main found": summary.main_motif, "weak found": summary.weak_motif}
        of |= {f"in {name}": summary.between(*ends) for name, ends in summary.SHARES.items()}
        line |= {name: summary.found(own, BY_E, counts) for name, counts in of.items()}
        right = [one["true"] for one in lists]
    else:
        right = [len(row["families"]) for row in own]
        line |= {"families": mean(right), "without a name": mean([row["unnamed"] for row in own])}
    if any("failed" in row for row in own):
        line["failed"] = sum("failed" in row for row in own)
    seconds = {key: [row[key] for row in own] for key in ("cpu_seconds", "cpu_seconds_training")}
    line |= {"CPU s": mean(seconds["cpu_seconds"]), "training CPU s": mean(seconds["cpu_seconds_training"])}
    total = np.sum(list(seconds.values()), axis=0)
    per_minute = intervals.ratio([60 * one for one in right], total)
    return line | {"right a CPU minute": round(per_minute["mean"] or 0.0, 2)}
