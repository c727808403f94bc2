"""Training settings as data."""

import dataclasses
from typing import Any, Literal

from jaxmotif import dna
from jaxmotif.config import check, setting
from jaxmotif.models.spec import ComputeDtype, Initializer, NetworkSpec, with_dropout


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """How gradients become updates.

    Attributes:
      rule: "adam", "rmsprop" or "sgd".
      learning_rate: step size at the start.
      beta1: decay of adam's first moment.
      beta2: decay of adam's second moment; of rmsprop its only one.
      epsilon: added to the root of the second moment.
      momentum: of sgd; 0 has none.
      decay: the learning rate is divided by 1 + decay * updates made; 0 keeps it.
      max_norm: largest norm of kernels over their first axis; 0 allows any.
      halve_every: epochs after which the learning rate is halved, again and again; 0 never halves it.
      anneal: "cosine" lets the learning rate fall to zero over all epochs, along half a cosine; "none" keeps
        it.
      clip: entries of gradients are cut to [-clip, clip]; 0 cuts nothing.
      weight_decay: times the weights, added to the gradient.
    """

    rule: Literal["adam", "rmsprop", "sgd"] = "adam"
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    momentum: float = 0.0
    decay: float = 0.0
    max_norm: float = 0.0
    halve_every: int = 0
    anneal: Literal["none", "cosine"] = "none"
    clip: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self):
        shares = ("beta1", "beta2", "momentum")
        least = ("weight_decay", "halve_every", "clip", "decay", "max_norm", *shares)
        check(
            self,
            above={"learning_rate": 0, "epsilon": 0},
            at_least=dict.fromkeys(least, 0),
            below=dict.fromkeys(shares, 1),
        )
        if self.momentum and self.rule != "sgd":
            raise ValueError(f"momentum {self.momentum} is of sgd; {self.rule} has none")


@dataclasses.dataclass(frozen=True)
class ScheduleConfig:
    """How long and in which portions to train, and which epoch's weights are taken.

    Attributes:
      epochs: passes over the training sequences, at most.
      batch_size: sequences of one update.
      patience: epochs without a better criterion after which a member stops; 0 trains all epochs.
      save_every: epochs between checkpoints.
      select_epoch: whose weights are taken, of the "best" epoch by the criterion, or of the "last".
      criterion: what the best epoch is chosen by, the validation's "loss" or "auroc".
      accumulate: parts that a batch is cut into, whose gradients are averaged: as many times less memory.
        Each part has its own batch statistics and dropout, and counts alike, however many of its labels are
        known and whatever they weigh.
    """

    epochs: int = 100
    batch_size: int = 100
    patience: int = 20
    save_every: int = 10
    select_epoch: Literal["best", "last"] = "best"
    criterion: Literal["loss", "auroc"] = "loss"
    accumulate: int = setting(1, "training", later=True)

    def __post_init__(self):
        check(self, at_least={"epochs": 1, "batch_size": 1, "save_every": 1, "patience": 0, "accumulate": 1})
        if self.batch_size % self.accumulate:
            raise ValueError(f"a batch of {self.batch_size} cannot be cut into {self.accumulate} equal parts")

    def own_program(self) -> tuple[tuple[str, int], ...]:
        """Returns the fields, name and value, that a compiled epoch depends on."""
        return tuple((name, getattr(self, name)) for name in ("batch_size", "patience", "accumulate"))


@dataclasses.dataclass(frozen=True)
class ObjectiveConfig:
    """What is added to the objective, and which strands it sees.

    Attributes:
      l2: times the sum of squares of kernels and of the output bias, added to the loss.
      l1: times the sum of their magnitudes, likewise.
      strands: "given" reads sequences as they are, "random" turns each around with probability one half.
    """

    l2: float = 1e-6
    l1: float = 0.0
    strands: Literal["given", "random"] = "given"

    def __post_init__(self):
        check(self, at_least={"l1": 0, "l2": 0})


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """What training decides of the network.

    Attributes:
      dropout: rate wherever the network has dropout; none leaves the network's own.
      initializer: of kernels, "glorot" (uniform), "he" (normal) or "fan_in" (uniform, of biases too).
      norm_epsilon: added to the variance in batch normalisation.
      norm_decay: of running means and variances, at every update.
      compute_dtype: what convolutions and dense layers multiply while the network trains; "bfloat16" is for
        accelerators. What is trained is float32, and is read in float32.
    """

    dropout: float | None = None
    initializer: Initializer = "glorot"
    norm_epsilon: float = 1e-5
    norm_decay: float = 0.99
    compute_dtype: ComputeDtype = setting("float32", "training", later=True)

    def __post_init__(self):
        shares = ("norm_decay", "dropout")
        check(
            self,
            above={"norm_epsilon": 0},
            at_least=dict.fromkeys(shares, 0),
            below=dict.fromkeys(shares, 1),
        )

    def apply_to(self, spec: NetworkSpec) -> NetworkSpec:
        """Returns the network with this initialiser, dropout and these constants of normalisation."""
        if self.dropout is not None:
            spec = with_dropout(spec, self.dropout)
        return dataclasses.replace(
            spec,
            initializer=self.initializer,
            norm_epsilon=self.norm_epsilon,
            norm_decay=self.norm_decay,
            compute_dtype=self.compute_dtype,
        )


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Everything about training that is neither the architecture nor the data.

    Attributes:
      optimizer: how gradients become updates.
      schedule: how long to train, and which epoch's weights are taken.
      objective: penalties and strands.
      network: dropout, initialiser, normalisation.

    Examples:
      >>> import jaxmotif as jm
      >>> jm.TrainConfig().with_fields(epochs=5, learning_rate=3e-4).schedule.epochs
      5
    """

    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    network: NetworkConfig = NetworkConfig()

    def on(self, alphabet: str) -> "TrainConfig":
        """Returns how to train on sequences of an alphabet: RNA has one strand, which is read as given."""
        return self if dna.has_complement(alphabet) else self.with_fields(strands="given")

    def with_fields(self, **fields: Any) -> "TrainConfig":
        """Returns this config with other values of fields of its parts, by their names.

        Raises:
          ValueError: for a field that no part has.
        """
        changed, left = {}, dict(fields)
        for part in dataclasses.fields(self):
            old = getattr(self, part.name)
            own = {f.name: left.pop(f.name) for f in dataclasses.fields(old) if f.name in left}
            if own:
                changed[part.name] = dataclasses.replace(old, **own)
        if left:
            raise ValueError(f"training has no field {next(iter(left))!r}")
        return dataclasses.replace(self, **changed)
