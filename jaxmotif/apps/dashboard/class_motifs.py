"""Class motifs of a saved network: class optimisation by the shared trainer, the surest start kept."""

import hashlib
import os
import pathlib
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import files, keys
from jaxmotif.interpret import class_optimization
from jaxmotif.interpret.class_motif import class_ppm, informative_windows
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif, information_content
from jaxmotif.training import loop
from jaxmotif.training.config import ScheduleConfig

# Updates between two reports of progress.
_REPORT = 100


def optimize(
    network: Network,
    classes: Sequence[str],
    config: ClassConfig = ClassConfig(),
    seed: int = 0,
    quiet: bool = False,
) -> dict[str, Motif]:
    """The PPM of each class, as long as the network's sequences; its source names log p and bits of the matrix.

    Raises:
      ValueError: for a class that does not exist.
    """
    numbers = [network.target_index(name) for name in classes]
    function, length = network.log_probabilities(), network.length
    objective = class_optimization.class_optimization(function, length, numbers, config)
    # The trainer counts epochs of rows: as few epochs as report often enough and come out even.
    epochs = next(n for n in range(-(-config.steps // _REPORT), config.steps + 1) if config.steps % n == 0)
    rows = {"update": jnp.zeros(config.steps // epochs)}
    state, _ = loop.train(
        objective,
        class_optimization.optimizer(config),
        ScheduleConfig(epochs=epochs, batch_size=1, patience=0),
        rows,
        rows,
        loop.Members(range(config.starts), keys.stream(keys.root(seed), "class optimization")),
        loop.Run(label=f"{network.name}, class motifs", quiet=quiet),
    )
    matrices_mcl4 = class_optimization.inputs(state.params["matrix"], config)
    # The start with the least loss of each class by itself.
    one = class_optimization.class_optimization
    found = {}
    for place, (name, number) in enumerate(zip(classes, numbers, strict=True)):
        alone = one(function, length, [number], config)
        losses_m = [
            float(alone.validate({"matrix": state.params["matrix"][m, place : place + 1]}, {}, rows)["loss"])
            for m in range(config.starts)
        ]
        best = int(np.argmin(losses_m))
        x_l4 = np.asarray(matrices_mcl4[best, place], np.float64)
        params = {"matrix": state.params["matrix"][best, place : place + 1]}
        certainty = float(alone.validate(params, {}, rows)["log_p"])
        ppm = class_ppm(x_l4) if config.space == "free" else x_l4 / x_l4.sum(axis=1, keepdims=True)
        source = (
            f"{network.name}, class {name}, log p {certainty:.3f}, {information_content(ppm).sum():.1f} bits"
        )
        found[name] = Motif(name, ppm, 100, source=source)
    return found


def window(motif: Motif, width: int) -> Motif:
    """The most informative window of a class motif."""
    width = min(width, motif.width)
    start = informative_windows(motif.ppm, width)[0][0]
    return Motif(motif.name, motif.ppm[start : start + width], motif.nsites, source=motif.source)


def stored(
    folder: str | os.PathLike, network: Network, name: str, config: ClassConfig = ClassConfig(), seed: int = 0
) -> Motif:
    """The PPM of one class from the network's folder, where it is put when it is first asked for.

    Its name holds what it depends on: weights, settings, seed.
    """
    network.target_index(name)
    members = [network.member_variables(number) for number in range(len(network))]
    weights = b"".join(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(members))
    settings = hashlib.sha256(weights + repr((config, seed)).encode()).hexdigest()[:10]
    path = pathlib.Path(folder) / f"class-{name}-{settings}.npz"
    if path.exists():
        with np.load(path) as arrays:
            return Motif(name, arrays["ppm"], 100, source=str(arrays["source"]))
    motif = optimize(network, [name], config, seed)[name]
    if os.access(folder, os.W_OK):  # somebody else's run is only read
        with files.atomic_path(path) as temporary:
            np.savez(temporary, ppm=motif.ppm, source=motif.source)
    return motif
