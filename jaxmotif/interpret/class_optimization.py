"""Class optimisation: params are input matrices, and the network's weights stand still.

The papers print argmax S(X) + lambda |X|^2; their program minimises -log p(class | X) + lambda |X|^2, so the
norm is penalised (with the printed sign it would grow without end). Space "free" does that. A free matrix
soon satisfies the network by traces of everything everywhere, inputs that no sequence is near to. Space
"letters" keeps every row a distribution over the letters, lets the network read sequences drawn from it, and
charges information content instead of the norm: what remains is the least information, in bits, by which
random sequences become members of the class, and that is a motif.
"""

import dataclasses
import functools
import math
import typing
from collections.abc import Callable, Sequence
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxmotif import keys
from jaxmotif.config import check
from jaxmotif.interpret.class_motif import class_ppm
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content
from jaxmotif.objectives.objective import NOTHING, Objective
from jaxmotif.training import loop
from jaxmotif.training.config import ScheduleConfig

Start = Literal["quarter", "random"]
Space = Literal["letters", "free"]
STARTS, SPACES = typing.get_args(Start), typing.get_args(Space)
# Of the norm, the program's; of a bit, by measurement (docs/results/demo.md).
PENALTIES = {"letters": 0.01, "free": 0.009}
# Updates between two reports of progress.
_REPORT = 100


@dataclasses.dataclass(frozen=True)
class ClassConfig:
    """How to look for the input that a class is surest of.

    Attributes:
      space: "letters", a matrix of probabilities, or "free", any numbers; see above.
      start: every entry 0.25 (DeMo), or uniform in [0, 1) (the dashboard's program).
      jitter: standard deviation of what is added at the start. From a constant start all positions of a
        convolutional network are equal, and the maximum over them cannot decide.
      penalty: lambda; none takes the space's own of PENALTIES.
      steps: updates.
      samples: sequences drawn from each matrix at an update, in "letters".
      learning_rate: of RMSprop.
      decay: of RMSprop's mean square, per update.
      starts: matrices of each class; the surest is kept.
    """

    space: Space = "letters"
    start: Start = "quarter"
    jitter: float = 0.01
    penalty: float | None = None
    steps: int = 1000
    samples: int = 8
    learning_rate: float = 0.05
    decay: float = 0.99
    starts: int = 8

    def __post_init__(self):
        check(
            self,
            at_least={"jitter": 0, "penalty": 0, "steps": 1, "starts": 1, "samples": 1, "decay": 0},
            above={"learning_rate": 0},
            below={"decay": 1, "penalty": math.inf},
        )


def inputs(matrix, config: ClassConfig) -> jax.Array:
    """Returns what the network reads of params (..., L, 4)."""
    return jax.nn.softmax(matrix, axis=-1) if config.space == "letters" else matrix


def _drawn(key, ppm_cl4, samples: int):
    """Draws one-hot sequences (samples, classes, L, 4) from PPMs; gradients pass as if through the PPMs."""
    letters = jax.random.categorical(key, jnp.log(ppm_cl4 + 1e-9), shape=(samples, *ppm_cl4.shape[:-1]))
    hard_scl4 = jax.nn.one_hot(letters, 4, dtype=ppm_cl4.dtype)
    return ppm_cl4 + jax.lax.stop_gradient(hard_scl4 - ppm_cl4)


def bits(ppm) -> jax.Array:
    """Returns the information content of all rows of (..., L, 4) together."""
    return (2 + (ppm * jnp.log2(ppm + 1e-9)).sum(axis=-1)).sum()


def _value(log_probabilities: Callable, config: ClassConfig, matrix_cl4, index_c, charged, key):
    """Returns the loss at a penalty, and mean log p of each class under its own matrix (classes,)."""
    x_cl4 = inputs(matrix_cl4, config)
    count, length = x_cl4.shape[:2]
    if config.space == "free":
        own_c = log_probabilities(x_cl4)[jnp.arange(count), index_c]
        return -own_c.sum() + charged * (x_cl4**2).sum(), own_c
    read_scl4 = _drawn(key, x_cl4, config.samples)
    found = log_probabilities(read_scl4.reshape(-1, length, 4)).reshape(config.samples, count, -1)
    own_c = found[:, jnp.arange(count), index_c].mean(axis=0)
    return -own_c.sum() + charged * bits(x_cl4), own_c


def class_optimization(
    log_probabilities: Callable, length: int, classes: Sequence[int], config: ClassConfig = ClassConfig()
) -> Objective:
    """Returns the objective whose params are {"matrix": (classes, length, 4)}; members are starts.

    The loss is the sum over classes, and RMSprop treats every entry by itself: each class goes its own way as
    if it were alone.

    Args:
      log_probabilities: pure function (B, length, 4) -> (B, all classes), without dropout.
      length: nt.
      classes: which of them to look for.
      config: see `ClassConfig`.

    Raises:
      ValueError: for a class that does not exist.
    """
    known = jax.eval_shape(log_probabilities, jax.ShapeDtypeStruct((1, length, 4), jnp.float32)).shape[1]
    for wanted in classes:
        if not 0 <= wanted < known:
            raise ValueError(f"no class {wanted}: there are {known}, from 0")
    index = jnp.asarray(classes)
    weight = _penalty(config)

    def init(key, batch, held=NOTHING):
        del batch
        shape = (len(classes), length, 4)
        start = jnp.full(shape, 0.25)
        if config.start == "random":
            start = jax.random.uniform(keys.stream(key, "start"), shape)
        jitter = held.get("jitter", config.jitter)
        return {"matrix": start + jitter * jax.random.normal(keys.stream(key, "jitter"), shape)}, {}

    def value(params, key, held):
        charged = held.get("penalty", weight)
        return _value(log_probabilities, config, params["matrix"], index, charged, key)

    def loss(params, model_state, batch, key, held=NOTHING):
        del batch
        total, own_c = value(params, key, held)
        return total, (model_state, {"log_p": own_c.mean()})

    def validate(params, model_state, data, held=NOTHING):
        del model_state, data
        total, own_c = value(params, keys.root(0), held)
        return {"loss": total, "log_p": own_c.mean()}

    return Objective(init, loss, validate, held=("penalty", "jitter"))


def optimizer(config: ClassConfig) -> optax.GradientTransformation:
    """Returns RMSprop as in Torch 7: the root first, then epsilon."""
    return optax.rmsprop(config.learning_rate, decay=config.decay, eps=1e-8, eps_in_sqrt=False)


def class_motifs(
    network: Network,
    classes: Sequence[str],
    config: ClassConfig = ClassConfig(),
    seed: int = 0,
    quiet: bool = False,
) -> dict[str, Motif]:
    """Returns a motif of each class, as long as the network's sequences, of the start with the least loss.

    Its source names log p of the class and the bits of the matrix.

    Raises:
      ValueError: for a class that does not exist.
    """
    return _motifs(network, classes, config, None, seed, quiet)[0]


def class_motifs_by_penalty(
    network: Network,
    classes: Sequence[str],
    penalties: Sequence[float],
    config: ClassConfig = ClassConfig(),
    seed: int = 0,
    quiet: bool = False,
) -> list[dict[str, Motif]]:
    """Returns the class motifs at each of several penalties, all of which are sought in one program.

    Args:
      network, classes, seed, quiet: see `class_motifs`.
      penalties: one or more values of lambda, at least 0; every one has all starts of `config`.
      config: how else the input is looked for.

    Returns:
      for each penalty what `class_motifs` gives.

    Raises:
      ValueError: for a class that does not exist, no penalties, or one below 0 or without limit.
    """
    if not len(penalties):
        raise ValueError("no penalties")
    for penalty in penalties:
        dataclasses.replace(config, penalty=penalty)
    return _motifs(network, classes, config, penalties, seed, quiet)


def _motifs(
    network: Network,
    classes: Sequence[str],
    config: ClassConfig,
    penalties: Sequence[float] | None,
    seed: int,
    quiet: bool,
) -> list[dict[str, Motif]]:
    """Class motifs at each penalty, or at the config's own where there are none."""
    numbers = [network.target_index(name) for name in classes]
    function, length = network.log_probabilities(), network.length
    objective = class_optimization(function, length, numbers, config)
    # The trainer counts epochs of rows: as few epochs as report often enough and come out even.
    epochs = next(n for n in range(-(-config.steps // _REPORT), config.steps + 1) if config.steps % n == 0)
    rows = {"update": jnp.zeros(config.steps // epochs)}
    state, _ = loop.train(
        objective,
        optimizer(config),
        ScheduleConfig(epochs=epochs, batch_size=1, patience=0),
        rows,
        rows,
        loop.Members(
            [start for _ in penalties or (None,) for start in range(config.starts)],
            keys.stream(keys.root(seed), "class optimization"),
            {"penalty": [penalty for penalty in penalties for _ in range(config.starts)]}
            if penalties
            else None,
        ),
        loop.Run(label=f"{network.name}, class motifs", quiet=quiet),
    )
    matrices_mcl4 = np.asarray(state.params["matrix"])

    # Compiled once for all starts, classes and penalties: a recurrent network takes seconds each time.
    @jax.jit
    def judge(matrix_l4, number, charged):
        total, own_1 = _value(function, config, matrix_l4[None], number[None], charged, keys.root(0))
        return total, own_1[0]

    found = []
    for place, penalty in enumerate(penalties or (_penalty(config),)):
        own = slice(place * config.starts, (place + 1) * config.starts)
        found.append(
            {
                name: _surest(
                    network,
                    name,
                    functools.partial(judge, number=np.int32(number), charged=np.float32(penalty)),
                    matrices_mcl4[own, i],
                    config,
                )
                for i, (name, number) in enumerate(zip(classes, numbers, strict=True))
            }
        )
    return found


def _penalty(config: ClassConfig) -> float:
    return PENALTIES[config.space] if config.penalty is None else config.penalty


def _surest(network: Network, name: str, judge: Callable, matrices_ml4, config: ClassConfig) -> Motif:
    """The motif of a class by itself, of the start with the least loss; `judge` gives loss and log p."""
    judged = [[float(value) for value in judge(matrix_l4)] for matrix_l4 in matrices_ml4]
    best = int(np.argmin([loss for loss, _ in judged]))
    certainty = judged[best][1]
    x_l4 = np.asarray(inputs(jnp.asarray(matrices_ml4[best]), config), np.float64)
    ppm = class_ppm(x_l4) if config.space == "free" else x_l4 / x_l4.sum(axis=1, keepdims=True)
    source = f"{network.name}, class {name}, log p {certainty:.3f}, {information_content(ppm).sum():.1f} bits"
    return Motif(name, ppm, 100, source=source, alphabet=network.alphabet)


def class_motif(
    network: Network,
    target: int | str = 0,
    config: ClassConfig = ClassConfig(),
    seed: int = 0,
    quiet: bool = True,
) -> Motif:
    """Returns the motif that a network takes a class for, as long as its sequences (class optimisation).

    Args:
      network: trained networks; what all members together are surest of.
      target: number (from 0) or name of the class.
      config: how it is looked for.
      seed: root of the starts.
      quiet: no progress is shown.

    Raises:
      ValueError: for a class that does not exist, with those that do.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> from jaxmotif.interpret.class_optimization import ClassConfig
      >>> jm.class_motif(net, "output1", ClassConfig(steps=5, starts=1)).width
      50
    """
    name = target if isinstance(target, str) else network.classes[network.target_index(target)]
    return class_motifs(network, [name], config, seed, quiet)[name]
