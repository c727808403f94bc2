"""Motifs of all sides of all targets, round after round: networks are one set, searches are one a side."""

import pathlib
import sys
from collections.abc import Callable, Sequence

from jaxmotif.apps.discover import round_folders, rounds
from jaxmotif.apps.discover.by_target import networks
from jaxmotif.apps.discover.by_target.contrasts import Contrast
from jaxmotif.apps.discover.rounds import Round
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Splits
from jaxmotif.data.targets import Kind
from jaxmotif.errors import Failed
from jaxmotif.models import saved


def search(
    train: Callable[[Splits, pathlib.Path | None], networks.Trained],
    trained: networks.Trained,
    kind: Kind,
    settings: Settings,
    splits: Splits,
    sides: Sequence[Contrast],
    folder: pathlib.Path | None = None,
) -> list[list[Round]]:
    """Returns the rounds of each side.

    From the second round on, up to `settings.rounds`, networks learn sequences in which random letters stand
    in the place of the motifs found so far, of whatever side; until no side has a new one, or networks tell
    no side any more.

    Args:
      train: (parts, folder of checkpoints) -> networks of a later round.
      trained: networks of the first one.
      kind: of the targets.
      settings: everything else.
      splits: with all targets.
      sides: see `contrasts`.
      folder: where later rounds keep theirs, in round_2, round_3, ...; None keeps nothing.
    """
    plan = rounds.Plan(False, settings.rounds, settings.readings, settings.site_p, settings.seed)
    searches = [side.search(splits) for side in sides]
    found: list[list[Round]] = [[] for _ in sides]
    left = splits
    for number in range(1, plan.rounds + 1):
        if number > 1:
            place = folder and folder / f"{saved.LATER_ROUND}{number}"
            if place is not None:
                round_folders.of_these_sequences(place, left)
            try:
                trained = train(left, place)
            except Failed:  # nothing is left to learn
                break
        knows, before = False, _count(found)
        for side, own, past in zip(sides, searches, found, strict=True):
            learner = networks.learner(trained, side, kind, settings, left.test)
            past.append(rounds.take(own, learner, side.splits(left), plan))
            print(f"{side.name}: {len(past[-1].taken)} motifs found and tested", file=sys.stderr, flush=True)
        if number == plan.rounds or _count(found) == before:
            break
        left = splits
        for i, (own, past) in enumerate(zip(searches, found, strict=True)):
            taken = [one for round_ in past for one in round_.taken]
            left = rounds.without(left, own, taken, False, plan.seed + number + len(sides) * i)
        for side in sides:
            learner = networks.learner(trained, side, kind, settings, left.test)
            knows = knows or rounds.knows_more(learner, side.of(left.valid))
        if not knows:
            break
    round_folders.forget(folder, max(map(len, found), default=1))
    return found


def _count(found: Sequence[Sequence[Round]]) -> int:
    return sum(len(one.taken) for own in found for one in own)
