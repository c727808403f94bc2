"""A whole network decoded layer by layer, beside the authors' program; used by bench_decode.py."""

import contextlib
import dataclasses
import inspect
import resource
import time
import unittest.mock
from collections.abc import Iterator

import jax

from jaxmotif import config, cores
from jaxmotif.neuronmotif import decode_layer, substructure
from jaxmotif.neuronmotif.sample import enumeration, linear, sampling

# Seconds a neuron that the authors' program (wzthu/NeuronMotif, v1.1, Python and TensorFlow on a CPU) took on
# its demo2, one thread on a machine shared with other work. Measured until its stopping rule on five
# neurons of layer 2 (18 to 53 generations), two of layer 3 (21 to 29) and one of layer 4 (66), for 20
# generations on the one of layer 5. The import of TensorFlow (2 to 3 s) is in it, as every neuron has a
# process of its own.
SAMPLING = {2: (10.0, 24.0), 3: (19.0, 27.0), 4: (119.0, 119.0)}
GENERATION = {5: 5.0}
# Its clustering, a neuron, measured at layers 2 to 4.
CLUSTERING = (3.0, 9.0)


def rounded(seconds: float) -> float:
    """Three significant digits."""
    return float(f"{seconds:.3g}")


def peak_megabytes() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


class Clock:
    """Seconds spent finding sequences, while `running`.

    On a CPU sampling goes on beside decoupling, and the two could not be told apart; so all of it is done
    first, and the samples of all neurons are held at once.
    """

    def __init__(self):
        self.seconds = 0.0

    def _timed(self, function):
        def timed(*arguments, **named):
            begin = time.perf_counter()
            found = function(*arguments, **named)
            if inspect.isgenerator(found):
                return self._drawn(found)
            self.seconds += time.perf_counter() - begin
            return found

        return timed

    def _drawn(self, generator) -> Iterator:
        if jax.default_backend() == "cpu":
            begin = time.perf_counter()
            generator = iter(list(generator))
            self.seconds += time.perf_counter() - begin
        end = object()
        while True:
            begin = time.perf_counter()
            found = next(generator, end)
            self.seconds += time.perf_counter() - begin
            if found is end:
                return
            yield found

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with contextlib.ExitStack() as patches:
            for module, name in (
                (sampling, "sample_neurons"),
                (enumeration, "enumerate_neurons"),
                (linear, "exact"),
            ):
                timed = self._timed(getattr(module, name))
                patches.enter_context(unittest.mock.patch.object(module, name, timed))
            yield


def authors_seconds(layer: int, neurons: int, generations: float) -> tuple[float, float] | None:
    """Seconds of the authors' program for so many neurons, lowest and highest; None where not measured."""
    if layer in SAMPLING:
        sampling = SAMPLING[layer]
    elif layer in GENERATION:
        sampling = (GENERATION[layer] * generations,) * 2
    else:
        return None
    return tuple(neurons * (a + b) for a, b in zip(sampling, CLUSTERING, strict=True))


def _beside(row: dict, seconds: float, authors: tuple[float, float] | None) -> dict:
    """The row with the authors' seconds, one neuron after the other and one on each core."""
    for name, value in zip(("low", "high"), authors or (), strict=False):
        row |= {
            f"authors_{name}": rounded(value),
            f"times_faster_{name}": rounded(value / seconds),
            f"times_faster_{name}_all_cores": rounded(value / cores.usable() / seconds),
        }
    return row


def measure(weights: str, parity: str, overrides: list[str]) -> Iterator[dict]:
    """A row for every layer and one for all, of a run with compilation ("first") and one without ("again").

    Layers without a measurement of the authors' program (the first) count in our seconds and not in theirs,
    and neurons without a positive activation not in theirs either. With overridden settings nothing is
    compared: the work would not be the same.
    """
    # Here, for `cost` needs none of what they import.
    from jaxmotif.apps.decode import inputs
    from jaxmotif.apps.decode import settings as decoding_settings

    network = inputs.network(weights)
    settings = config.override(decoding_settings.named(parity).decode, overrides)
    for run in ("first", "again"):
        lower, total, searching, authors = None, 0.0, 0.0, [0.0, 0.0]
        for layer in range(1, len(network.convs) + 1):
            clock, begin = Clock(), time.perf_counter()
            with clock.running():
                lower = decode_layer.decode_layer(network, layer, None, lower, settings)
            seconds = time.perf_counter() - begin
            alive = int((~lower.dead).sum())
            generations = float(lower.generations[~lower.dead].mean()) if alive else 0.0
            theirs = None if overrides else authors_seconds(layer, alive, generations)
            total, searching = total + seconds, searching + clock.seconds
            authors = [a + b for a, b in zip(authors, theirs or (0.0, 0.0), strict=True)]
            yield _beside(
                {
                    "settings": parity,
                    "run": run,
                    "layer": layer,
                    "receptive_field": lower.width,
                    "population": settings.sampling.size(substructure.geometry(network.convs, layer).width),
                    "neurons": len(lower.neurons),
                    "alive": alive,
                    "generations": round(generations, 1),
                    "sampling_seconds": rounded(clock.seconds),
                    "decoupling_seconds": rounded(seconds - clock.seconds),
                    "seconds": rounded(seconds),
                },
                seconds,
                theirs,
            )
        yield _beside(
            {
                "settings": parity,
                "run": run,
                "layer": "all",
                "sampling_seconds": rounded(searching),
                "decoupling_seconds": rounded(total - searching),
                "seconds": rounded(total),
                "peak_megabytes": peak_megabytes(),
                "backend": jax.default_backend(),
                "cpus": cores.usable(),
                "sampling": dataclasses.asdict(settings.sampling),
            },
            total,
            tuple(authors) if any(authors) else None,
        )
