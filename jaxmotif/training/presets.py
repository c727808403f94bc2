"""The named ways to train, and what follows from one."""

import dataclasses
import functools
from collections.abc import Collection
from typing import TYPE_CHECKING

from jaxmotif.config import choose
from jaxmotif.training.config import NetworkConfig, ObjectiveConfig, OptimizerConfig, TrainConfig

if TYPE_CHECKING:
    import optax

# Keras' constants.
_KERAS = dict(epsilon=1e-7, norm_epsilon=1e-3, norm_decay=0.99)

PRESETS = {
    # Koo & Eddy 2019, Methods: Adam with its usual constants, 3e-4, He, 100 epochs, best epoch kept.
    "paper": TrainConfig().with_fields(learning_rate=3e-4, initializer="he", patience=0),
    # What their program ran: the requested rate never reached the optimiser.
    "code": TrainConfig().with_fields(beta1=0.95, norm_epsilon=1e-8),
    # For a user's own peaks, which may lie on either strand. A few hundred sequences make a dozen steps an
    # epoch: running statistics with a decay of 0.99 would lag behind the weights for many epochs.
    # A high rate that falls to zero takes less than half the epochs of a constant one to the same AUROC. That
    # goes on rising when the loss does no more.
    "peaks": TrainConfig().with_fields(
        epochs=15,
        learning_rate=5e-3,
        anneal="cosine",
        patience=0,
        criterion="auroc",
        strands="random",
        norm_decay=0.9,
    ),
    # Lee & Koo 2021: Adam with its usual constants, 250 epochs, no validation criterion; batch of v0.2.
    "grim": TrainConfig().with_fields(epochs=250, batch_size=128, l2=0.0, patience=0, select_epoch="last"),
    # Lanchantin et al. 2017: Adam, batches of 256; clipping as in the program. Rate and dropout by
    # measurement (docs/results/demo.md); the validation split, early stopping and both strands are ours.
    "dashboard": TrainConfig().with_fields(
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
    "dashboard-code": TrainConfig().with_fields(
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
    "grim-peaks": TrainConfig().with_fields(
        epochs=30, batch_size=128, l2=0.0, patience=0, select_epoch="last", strands="random"
    ),
    # Wei et al. 2021, the authors' training programs. Batch size of BD-5, BD-10 and DD-10, patience of the
    # BDs and epochs of all but DD-10 are ours; early stopping ends the runs.
    "basset": TrainConfig().with_fields(
        epochs=200,
        batch_size=128,
        rule="rmsprop",
        learning_rate=2e-3,
        beta2=0.9,
        l2=0.0,
        patience=12,
        **_KERAS,
    ),
    "bd": TrainConfig().with_fields(epochs=200, batch_size=128, l2=0.0, patience=12, **_KERAS),
    "deepsea": TrainConfig().with_fields(
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
    "dd": TrainConfig().with_fields(epochs=50, batch_size=128, l2=0.0, patience=5, **_KERAS),
}


def preset(name: str) -> TrainConfig:
    """Returns the named preset.

    Raises:
      ValueError: for an unknown name, with the known ones.
    """
    return choose("preset", name, PRESETS)


# Few rows get smaller batches, so that an epoch has about a dozen updates, and more epochs. There are few
# sizes, since each is a program of its own.
UPDATES, BATCHES = 12, (64, 32, 16)
ALL_UPDATES, MOST_EPOCHS = 900, 40


def for_rows(config: TrainConfig, rows: int, keep: Collection[str] = ()) -> TrainConfig:
    """Returns the same with smaller batches and more epochs where there would be few updates.

    On 60 peaks of GATA1 (two draws) an AUROC of .69 and .76 instead of .56 and .56 on 1,000 test sequences.

    Args:
      config: how to train many rows.
      rows: of the training data.
      keep: fields that stay as they are, of "batch_size" and "epochs".
    """
    size, epochs = config.schedule.batch_size, config.schedule.epochs
    usable = [one for one in BATCHES if one % config.schedule.accumulate == 0]
    for smaller in usable if "batch_size" not in keep else ():
        if rows < UPDATES * size and smaller < size:
            size = smaller
    if "epochs" not in keep:
        wanted = -(-ALL_UPDATES // max(rows // size, 1))
        epochs = max(epochs, min(wanted, MOST_EPOCHS))
    if (size, epochs) == (config.schedule.batch_size, config.schedule.epochs):
        return config
    return config.with_fields(batch_size=size, epochs=epochs)


# Always in the optimiser's state, so that members of one program can differ in them.
ALWAYS_HELD = ("learning_rate", "weight_decay")
# The rest of the optimiser's numbers are there where they are asked for; as constants they are rounded later.
OPTIMIZER_HELD = ("beta1", "beta2", "epsilon", "momentum", "decay", "max_norm", "clip")
# All settings of training in which members of one program can differ, by the part of a config. `norm_epsilon`
# is not among them: it is the network's, which is one for all members.
HYPERPARAMETERS = {
    OptimizerConfig: (*ALWAYS_HELD, *OPTIMIZER_HELD),
    ObjectiveConfig: ("l2", "l1"),
    NetworkConfig: ("dropout", "norm_decay"),
}


def without(config: TrainConfig, names: Collection[str]) -> TrainConfig:
    """Returns the config with defaults for settings of which members have their own values.

    Their program is then the same, whatever these values are. Dropout becomes the network's own, since layers
    without dropout stay without.
    """
    defaults = {field.name: field.default for part in HYPERPARAMETERS for field in dataclasses.fields(part)}
    return config.with_fields(**{name: defaults[name] for name in names if name in defaults})


def optimizer(config: TrainConfig, held: Collection[str] = ()) -> "optax.GradientTransformation":
    """Returns the optimiser, with L2 added to the gradient as in PyTorch.

    Its learning rate and weight decay lie in its state, and so do other numbers that are named in `held`, of
    OPTIMIZER_HELD; see `ensemble.init_members`. So do, where the rate changes with the epochs,
    `steps_per_epoch` and `epochs`, which `loop.train` fills in: they follow from the data, and one program
    serves all data.
    """
    return _optimizer(config.optimizer, tuple(name for name in OPTIMIZER_HELD if name in held))


# Equal arguments give the same optimiser, which the trainer then does not compile again.
@functools.lru_cache(maxsize=64)
def _optimizer(rule: OptimizerConfig, held: tuple[str, ...]) -> "optax.GradientTransformation":
    # Here, since settings are judged before JAX is imported.
    import optax

    from jaxmotif.training import optimizers

    anneals = rule.anneal == "cosine"
    return optax.inject_hyperparams(optimizers.chain, static_args=("config",))(
        learning_rate=rule.learning_rate,
        weight_decay=rule.weight_decay,
        steps_per_epoch=1 if rule.halve_every or anneals else None,
        epochs=1 if anneals else None,
        config=rule,
        **{name: getattr(rule, name) for name in held},
    )
