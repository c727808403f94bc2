"""What a list of motifs knows: how well nothing but its scores tells held-out positives from negatives."""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.evaluate import classification
from jaxmotif.motifs import backgrounds, words
from jaxmotif.motifs.motif import Motif


def auroc(splits: Splits, motifs: Sequence[Motif]) -> float:
    """Returns the held-out AUROC of gradient boosting on the scores of motifs.

    It is fitted on what a tool may learn from, training and validation part. An empty list guesses: 0.5.

    Args:
      splits: labelled parts.
      motifs: found without the test sequences.
    """
    if not motifs:
        return 0.5
    known = concatenate([splits.train, splits.valid])
    own = backgrounds.of("sequences", splits.train.sequences, splits.train.has_complement).weights
    train, test = (features(part, motifs, own) for part in (known, splits.test))
    model = HistGradientBoostingClassifier(random_state=0).fit(train, known.is_positive)
    return float(classification.auroc(splits.test.known_labels[:, 0], model.decision_function(test)))


def features(data: Dataset, motifs: Sequence[Motif], background: Sequence[float] | np.ndarray) -> np.ndarray:
    """Returns each motif's best and summed score per sequence, bits, float64 (N, 2 M); NaN without any word.

    The summed one is the logarithm of the sum of odds of all words, on both strands.
    """
    columns = []
    for motif in motifs:
        for of_part in zip(
            *map(_best_and_sum, words.of_motif(data.sequences, motif, background)), strict=True
        ):
            columns.append(np.concatenate(of_part))
    scores = np.stack(columns, axis=1)
    return np.where(np.isfinite(scores), scores, np.nan)


def _best_and_sum(scores_nps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = scores_nps.reshape(len(scores_nps), -1)
    best = scores.max(axis=1, initial=-np.inf)
    # The best one apart, so that nothing overflows; a sequence of N has none.
    rest = np.exp2(scores - np.where(np.isfinite(best), best, 0)[:, None]).sum(axis=1)
    with np.errstate(divide="ignore"):
        return best, best + np.log2(rest)
