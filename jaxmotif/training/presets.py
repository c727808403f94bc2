"""Training settings as data, and the named presets."""

import dataclasses

import optax

from jaxmotif.models.spec import INITIALIZERS, NetworkSpec, with_dropout
from jaxmotif.objectives.supervised import CRITERIA
from jaxmotif.training import ensemble, optimizers
from jaxmotif.training.loop import Schedule


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """Everything about training that is neither the network nor the data."""

    epochs: int = 100
    batch_size: int = 100
    rule: str = "adam"  # or "rmsprop", "sgd"
    learning_rate: float = 1e-3
    beta1: float = 0.9  # of adam
    beta2: float = 0.999  # of adam; of rmsprop its only one
    epsilon: float = 1e-8
    momentum: float = 0.0  # of sgd
    decay: float = 0.0  # the learning rate is divided by 1 + decay * updates made
    max_norm: float = 0.0  # largest norm of kernels over their first axis; 0: any
    halve_every: int = 0  # epochs after which the learning rate is halved, again and again; 0: never
    clip: float = 0.0  # gradients' entries are cut to [-clip, clip]; 0: they are not
    weight_decay: float = 0.0  # times the weights, added to the gradient; l2 is in the loss
    l2: float = 1e-6
    l1: float = 0.0
    patience: int = 20  # 0: all epochs
    strands: str = "given"
    dropout: float | None = None  # wherever the network has one; none leaves the network's own
    initializer: str = "glorot"
    norm_epsilon: float = 1e-5
    norm_decay: float = 0.99
    save_every: int = 10
    keep: str = "best"  # epoch by validation loss; or "last"
    criterion: str = "loss"  # by which the best epoch is chosen; or "auroc"

    def __post_init__(self):
        for field in ("epochs", "batch_size", "save_every"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} must be at least 1, got {getattr(self, field)}")
        for field in ("learning_rate", "epsilon", "norm_epsilon"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} must be above 0, got {getattr(self, field)}")
        for field in ("l1", "l2", "weight_decay", "patience", "halve_every", "clip", "decay", "max_norm"):
            if getattr(self, field) < 0:
                raise ValueError(f"{field} must not be negative, got {getattr(self, field)}")
        for field in ("beta1", "beta2", "momentum", "norm_decay", "dropout"):
            if not 0 <= (getattr(self, field) or 0) < 1:
                raise ValueError(f"{field} must lie in [0, 1), got {getattr(self, field)}")
        if self.rule not in optimizers.RULES:
            raise ValueError(f"unknown rule {self.rule!r}; known: {', '.join(optimizers.RULES)}")
        if self.momentum and self.rule != "sgd":
            raise ValueError(f"momentum {self.momentum} is of sgd; {self.rule} has none")
        if self.keep not in ensemble.KEEP:
            raise ValueError(f"unknown keep {self.keep!r}; known: {', '.join(ensemble.KEEP)}")
        if self.criterion not in CRITERIA:
            raise ValueError(f"unknown criterion {self.criterion!r}; known: {', '.join(CRITERIA)}")
        if self.strands not in ("given", "random"):
            raise ValueError(f"unknown strands {self.strands!r}; known: given, random")
        if self.initializer not in INITIALIZERS:
            raise ValueError(f"unknown initializer {self.initializer!r}; known: {', '.join(INITIALIZERS)}")


# Keras' constants.
_KERAS = dict(epsilon=1e-7, norm_epsilon=1e-3, norm_decay=0.99)

PRESETS = {
    # Koo & Eddy 2019, Methods: Adam with its usual constants, 3e-4, He, 100 epochs, best epoch kept.
    "paper": TrainConfig(learning_rate=3e-4, initializer="he", patience=0),
    # What their program ran: the requested rate never reached the optimiser.
    "code": TrainConfig(beta1=0.95, norm_epsilon=1e-8),
    # For a user's own peaks, which may lie on either strand. A few hundred sequences make a dozen steps an
    # epoch: running statistics with a decay of 0.99 would lag behind the weights for many epochs.
    "peaks": TrainConfig(epochs=40, patience=10, strands="random", norm_decay=0.9),
    # Lee & Koo 2021: Adam with its usual constants, 250 epochs, no validation criterion; batch of v0.2.
    "grim": TrainConfig(epochs=250, batch_size=128, l2=0.0, patience=0, keep="last"),
    # Lanchantin et al. 2017: Adam, batches of 256; clipping as in the program. Rate and dropout by measurement
    # (BUILD_NOTES); the validation split, early stopping and both strands are ours.
    "dashboard": TrainConfig(
        epochs=50,
        batch_size=256,
        learning_rate=5e-3,
        l2=0.0,
        clip=5.0,
        halve_every=15,
        patience=12,
        strands="random",
        dropout=0.2,
        initializer="fan_in",
    ),
    # What their program ran: no validation split (the training set itself judges, by AUROC), one strand.
    "dashboard-code": TrainConfig(
        epochs=50,
        batch_size=256,
        learning_rate=1e-2,
        l2=0.0,
        clip=5.0,
        halve_every=10,
        patience=0,
        dropout=0.5,
        initializer="fan_in",
        criterion="auroc",
    ),
    # "grim" for a user's own peaks.
    "grim-peaks": TrainConfig(epochs=30, batch_size=128, l2=0.0, patience=0, keep="last", strands="random"),
    # Wei et al. 2021, the authors' training programs. Batch size of BD-5, BD-10 and DD-10, patience of the BDs and
    # epochs of all but DD-10 are ours; early stopping ends the runs.
    "basset": TrainConfig(
        epochs=200,
        batch_size=128,
        rule="rmsprop",
        learning_rate=2e-3,
        beta2=0.9,
        l2=0.0,
        patience=12,
        **_KERAS,
    ),
    "bd": TrainConfig(epochs=200, batch_size=128, l2=0.0, patience=12, **_KERAS),
    "deepsea": TrainConfig(
        epochs=200,
        batch_size=16,
        rule="sgd",
        learning_rate=0.08,
        momentum=0.9,
        decay=8e-7,
        max_norm=0.9,
        l2=1e-6,
        patience=100,
        **_KERAS,
    ),
    "dd": TrainConfig(epochs=50, batch_size=128, l2=0.0, patience=5, **_KERAS),
}


def preset(name: str) -> TrainConfig:
    """The named preset.

    Raises:
      ValueError: for an unknown name, with the known ones.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]


def apply_to(spec: NetworkSpec, config: TrainConfig) -> NetworkSpec:
    """The network with the initialiser, normalisation constants and dropout of `config`."""
    if config.dropout is not None:
        spec = with_dropout(spec, config.dropout)
    return dataclasses.replace(
        spec,
        initializer=config.initializer,
        norm_epsilon=config.norm_epsilon,
        norm_decay=config.norm_decay,
    )


# Held in the optimiser's state, so that members of one ensemble can differ in them.
HYPERPARAMETERS = ("learning_rate", "weight_decay")


def optimizer(config: TrainConfig, rows: int = 0) -> optax.GradientTransformation:
    """`config.rule` with L2 added to the gradient, as in PyTorch; see `ensemble.init_members` for its
    hyper-parameters.

    Raises:
      ValueError: if the rate is to be halved and `rows`, of the training data, is not told.
    """
    if config.halve_every and rows < 1:
        raise ValueError("halve_every counts epochs: the number of training rows is needed")
    steps = max(rows // min(config.batch_size, max(rows, 1)), 1)
    return optax.inject_hyperparams(optimizers.chain, static_args=("config", "halve_after"))(
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        config=config,
        halve_after=config.halve_every * steps,
    )


def schedule(config: TrainConfig) -> Schedule:
    return Schedule(config.epochs, config.batch_size, config.patience, config.save_every)
