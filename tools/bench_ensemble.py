"""An ensemble beside as many single runs of the same members, one JSON object a line.

    tools/bench_ensemble [--models=GRIM-25 (64),CNN-25 (64)] [--members=10] [--epochs=2] [--sequences=1280]

The ensemble trains in one program; each single run starts anew in a process of its own, as a launcher of one
trial would, or, for "warm", follows in the process of the first with what is compiled. Prints seconds a
member and whether the weights are the same bits.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import flags

from jaxmotif import cores
from jaxmotif.apps import launch
from jaxmotif.training.config import ScheduleConfig


def train(model: str, members: list[int], epochs: int, sequences: int):
    """Weights of all members as one array (members, weights), after training them in one program."""
    import jax
    import jax.numpy as jnp

    from jaxmotif import keys
    from jaxmotif.models import zoo
    from jaxmotif.objectives import infomax, supervised
    from jaxmotif.training import loop, presets

    rng = np.random.default_rng(0)
    codes = jnp.asarray(rng.integers(0, 4, (sequences, 200)), jnp.uint8)
    spec, config = zoo.get(model), presets.preset("grim")
    if model.startswith("GRIM"):
        objective = infomax.infomax(spec)
        data = {"sequences": codes, "shuffles": infomax.fresh_shuffles(keys.root(1), codes)}
    else:
        objective = supervised.supervised(spec)
        labels = rng.integers(0, 2, (sequences, spec.outputs))
        data = {"sequences": codes, "labels": jnp.asarray(labels, jnp.float32)}
    state, _ = loop.train(
        objective,
        presets.optimizer(config),
        ScheduleConfig(epochs, config.schedule.batch_size, patience=0),
        data,
        jax.tree.map(lambda array: array[:256], data),
        loop.Members(members, keys.root(0)),
        loop.Run(quiet=True),
    )
    return np.concatenate(
        [np.asarray(leaf).reshape(len(members), -1) for leaf in jax.tree.leaves(state.params)], axis=1
    )


def main(argv) -> None:
    values = flags.FlagValues()
    flags.DEFINE_list("models", ["GRIM-25 (64)", "CNN-25 (64)"], "Networks of the zoo.", flag_values=values)
    for name, default, text in (
        ("members", 10, "Members."),
        ("epochs", 2, "Epochs."),
        ("sequences", 1280, "Training sequences."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=values)
    flags.DEFINE_integer("only", None, "Used by the program itself.", flag_values=values)
    flags.DEFINE_string("out", None, "Used by the program itself.", flag_values=values)
    launch.parse(values, argv, __doc__)
    if values.only is not None:
        np.save(values.out, train(values.models[0], [values.only], values.epochs, values.sequences))
        return
    import jax

    for model in values.models:
        begin = time.perf_counter()
        together = train(model, list(range(values.members)), values.epochs, values.sequences)
        ensemble_seconds = time.perf_counter() - begin
        begin = time.perf_counter()
        warm = train(model, [0], values.epochs, values.sequences)
        warm_seconds = time.perf_counter() - begin
        alone, begin = [], time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            for member in range(values.members):
                out = os.path.join(folder, f"{member}.npy")
                subprocess.run(
                    [
                        sys.executable,
                        __file__,
                        f"--only={member}",
                        f"--out={out}",
                        f"--models={model}",
                        f"--epochs={values.epochs}",
                        f"--sequences={values.sequences}",
                    ],
                    check=True,
                )
                alone.append(np.load(out)[0])
        single_seconds = time.perf_counter() - begin
        alone = np.stack(alone)
        row = {
            "model": model,
            "members": values.members,
            "ensemble_seconds_per_member": round(ensemble_seconds / values.members, 2),
            "single_seconds_per_member": round(single_seconds / values.members, 2),
            "single_in_one_process_seconds": round(warm_seconds, 2),
            "single_over_ensemble": round(single_seconds / ensemble_seconds, 2),
            "same_bits": bool((together == alone).all()),
            "largest_difference": float(np.abs(together - alone).max()),
            "first_again_same_bits": bool((together[:1] == warm).all()),
            "backend": jax.default_backend(),
            "cpus": cores.usable(),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
