"""How a discovery on a table of targets was made, in one paragraph to paste into a paper."""

from collections.abc import Mapping

from jaxmotif.apps.discover.by_target.accuracy import headline
from jaxmotif.apps.discover.by_target.found import ByTarget
from jaxmotif.apps.discover.methods import READ, data_used, matched, program
from jaxmotif.data.targets import COUNTS, MULTICLASS, MULTILABEL, REGRESSION, VALUES
from jaxmotif.report.sections import Text

_LOSS = {
    MULTILABEL: "sigmoid cross-entropy of each label",
    MULTICLASS: "softmax cross-entropy of the class",
    REGRESSION: "squared error of each value, standardised by the training sequences",
    COUNTS: "Poisson's log-likelihood of each count, in units of the training sequences' mean",
}
_NEGATIVES: dict[bool, list[str]] = {
    False: [],
    True: [
        "Regions of the genome outside of all loci, each like a locus in GC content and repeats, were added "
        "with all labels 0."
    ],
}
_LATER: dict[bool, list[str]] = {
    False: [],
    True: [
        "Further networks were trained on the sequences with random letters in the place of the motifs found "
        "before, as long as they told any target and motifs were found."
    ],
}


def methods(found: ByTarget, environment: Mapping) -> Text:
    """Returns a section with what a paper's methods need: data, training, tests, settings, versions.

    Args:
      found: the discovery.
      environment: see `rundir.environment`.
    """
    settings, kind, train = found.settings, found.kind, found.settings.train
    readings = " and ".join(READ[name].format(share=settings.readout.threshold) for name in settings.readings)
    criterion = "loss" if kind in VALUES else train.schedule.criterion.replace("auroc", "AUROC")
    weighted = "" if found.splits.train.weights is None else ", weighted as given"
    sides = (
        "the upper against the lower third of its values" if kind in VALUES else "those that have it or not"
    )
    test = "Mann and Whitney's test of its values" if kind in VALUES else "Fisher's exact test"
    parts = [
        program(environment, settings),
        data_used(settings, found.splits) + ".",
        *_NEGATIVES[settings.background == "genome"],
        f"{settings.seeds} network(s) of the type {found.trained.network.name} with an output for each of "
        f"{len(found.targets)} targets were trained by the {_LOSS[kind]}{weighted}, unknown ones left out "
        f"({train.optimizer.rule}, learning rate {train.optimizer.learning_rate:g}, batches of "
        f"{found.trained.schedule.batch_size}, {len(found.trained.history)} epochs, at most "
        f"{found.trained.schedule.epochs}; the epoch with the best validation {criterion} was taken).",
        f"On the held-out sequences: {headline(kind, found.metrics)}.",
        f"Candidates were {readings}, for each target by {sides}; {found.metrics['tested']} were tested on "
        f"the held-out sequences, each in what the ones before it for the same target leave, by {test} "
        f"(one-sided). Listed are motifs with E (p times the number tested) up to {settings.level:g}. How "
        "motifs go with targets was tested on the held-out sequences, two-sided, with q-values over all "
        "pairs (Benjamini and Hochberg).",
        *_LATER[settings.rounds > 1],
        *matched(settings, found.database),
    ]
    return Text("Methods, to paste", [" ".join(parts)])
