"""How a discovery was made, in one paragraph to paste into a paper."""

from collections.abc import Mapping

from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import FILTERS, SEQLETS, WORDS, Settings
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import content
from jaxmotif.report.sections import Text
from jaxmotif.training.config import TrainConfig

READ = {
    FILTERS: "first-layer filters, as frequencies of the letters under them where they exceed {share:.0%} of "
    "their largest activation",
    SEQLETS: "words over-represented among the letters that the networks attend to",
    WORDS: "words over-represented in the training sequences",
}


def _trained(learner: Learner, train: TrainConfig, settings: Settings) -> str:
    # The settings name a schedule for many sequences; few are trained on by another one.
    schedule, optimizer = learner.schedule, train.optimizer
    task = (
        "to tell sequences from negatives"
        if learner.objective == "supervised"
        else "without labels by information maximisation (Lee & Koo 2021)"
    )
    criterion = {"auroc": "AUROC"}.get(schedule.criterion, schedule.criterion)
    choice = (
        f"the epoch with the best validation {criterion} was taken"
        if learner.schedule.select_epoch == "best"
        else "the last epoch was taken"
    )
    number = "One network" if settings.seeds == 1 else f"{settings.seeds} networks"
    return (
        f"{number} of the type {learner.network.name} "
        f"{'was' if settings.seeds == 1 else 'were'} trained {task} ({optimizer.rule}, learning rate "
        f"{optimizer.learning_rate:g}, batches of {schedule.batch_size}, {len(learner.history)} epochs, at "
        f"most {schedule.epochs}; {choice})."
    )


def _made(settings: Settings) -> str:
    if not settings.genome:
        return "cropped or padded to"
    return f"in windows of {content.short_name(settings.genome)} of"


def program(environment: Mapping, settings: Settings) -> str:
    """Returns which program it was, with versions, as a sentence."""
    versions = environment["versions"]
    commit = f", commit {environment['commit']}" if environment.get("commit") else ""
    return (
        f"Motifs were discovered with jaxmotif {environment['jaxmotif']}{commit} (JAX {versions['jax']}, "
        f"flax {versions['flax']}, numpy {versions['numpy']}, Python {environment['python']}, "
        f"{environment['backend']}, seed {settings.seed})."
    )


def data_used(settings: Settings, splits: Splits) -> str:
    """Returns how many sequences served for what, as the beginning of a sentence."""
    return (
        f"Of the sequences, {_made(settings)} {splits.train.length} nt, {len(splits.train):,} served to "
        f"train, {len(splits.valid):,} to validate and {len(splits.test):,} were held out"
        + (f" ({splits.held_out})" if splits.held_out else "")
    )


def matched(settings: Settings, motifs: int) -> list[str]:
    """Returns what motifs were compared with, of so many, and what a site is, as sentences."""
    parts = []
    if settings.database:
        parts.append(
            f"They were compared with {content.short_name(settings.database)} ({motifs:,} motifs) by "
            "Tomtom's statistics (Gupta et al. 2007)."
        )
    return [*parts, f"Sites are places with p up to {settings.site_p:g} under the sequences' own letters."]


def methods(found: Discovery, environment: Mapping) -> Text:
    """Returns a section with what a paper's methods need: data, training, tests, settings, versions.

    Args:
      found: the discovery.
      environment: see `rundir.environment`.
    """
    settings, splits, metrics = found.settings, found.splits, found.metrics
    supervised = settings.objective != "infomax"
    trained = [
        _trained(one, settings.train if one.objective == "supervised" else settings.infomax_train, settings)
        for one in found.networks
    ]
    readout = settings.readout if supervised else settings.infomax_readout
    readings = " and ".join(READ[name].format(share=readout.threshold) for name in settings.readings)
    negatives = "dinucleotide shuffles of them" if found.of_negatives is None else "the negatives given"
    if "against_shuffles" in metrics:
        negatives = (
            f"regions of {content.short_name(settings.genome)} outside the peaks, each the nearest to a peak "
            "in GC content (within 2 %) among those of its chromosome with about as many repeats; where "
            "there was none, of another chromosome, and at last of its own within 5 %, whatever its repeats"
        )
    parts = [
        program(environment, settings),
        f"{data_used(settings, splits)}; the positives were told from {negatives}.",
        *trained,
        f"AUROC on the held-out sequences {metrics['test']['auroc']:.4f} (95 % bootstrap interval "
        f"{metrics['test']['auroc_ci'][0]:.4f} to {metrics['test']['auroc_ci'][1]:.4f}, over groups of "
        "sequences that overlap or are shuffles of one another).",
        f"Candidates were {readings}; {metrics['tested']} were tested on the held-out sequences, each in "
        "what the ones before it leave, by Fisher's exact test (one-sided) of sequences with a word above "
        f"a threshold chosen on the others. Listed are motifs with E (p times the number tested) up to "
        f"{settings.level:g}.",
    ]
    parts += matched(settings, found.targets)
    if found.by_class:
        parts.append(
            f"Peaks are of {len(found.by_class.names)} classes ({', '.join(found.by_class.names)}). Other "
            "networks of the same type, with an output for each class, were trained in the same way; the "
            "AUROC of each class is theirs, on the held-out sequences. How often a motif lies in peaks of a "
            "class and in other peaks was compared in all peaks by Fisher's exact test (two-sided), with "
            "q-values over all motifs and classes (Benjamini and Hochberg)."
        )
    return Text("Methods, to paste", [" ".join(parts)])
