"""jaxmotif: train networks on DNA, many at once, and see which motifs they learned.

    import jaxmotif as jm

The names of `__all__` are the public ones. Each is loaded when it is first used, so that the import itself,
and `jaxmotif --help`, do without JAX.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from jaxmotif.apps.decode.layer_motifs import against_nulls as against_nulls
    from jaxmotif.apps.decode.run import decode as decode
    from jaxmotif.apps.discover.motifs import discover as discover
    from jaxmotif.data.dataset import Dataset as Dataset
    from jaxmotif.data.files.fasta import read_sequences as read_sequences
    from jaxmotif.data.negatives import shuffle as shuffle
    from jaxmotif.data.prepare import split as split
    from jaxmotif.data.prepare import with_negatives as with_negatives
    from jaxmotif.dna import one_hot as one_hot
    from jaxmotif.interpret.attribution import attribute as attribute
    from jaxmotif.interpret.attribution import hypothetical_contributions as hypothetical_contributions
    from jaxmotif.interpret.class_optimization import class_motif as class_motif
    from jaxmotif.interpret.filter_motifs import filter_motifs as filter_motifs
    from jaxmotif.interpret.tiled import predict_tiles as predict_tiles
    from jaxmotif.interpret.variants import variant_effects as variant_effects
    from jaxmotif.models import zoo as zoo
    from jaxmotif.models.geometry import Geometry as Geometry
    from jaxmotif.models.imports.keras.load import load_keras as load_keras
    from jaxmotif.models.imports.pytorch.load import load_torch as load_torch
    from jaxmotif.models.network import Network as Network
    from jaxmotif.models.predict import predict as predict
    from jaxmotif.motifs.jaspar import database as database
    from jaxmotif.motifs.logo import plot_logo as plot_logo
    from jaxmotif.motifs.meme import write_meme as write_motifs  # noqa: F401
    from jaxmotif.motifs.motif import Motif as Motif
    from jaxmotif.motifs.motif_set import MotifSet as MotifSet
    from jaxmotif.motifs.motif_set import read_motifs as read_motifs
    from jaxmotif.motifs.scan import scan as scan
    from jaxmotif.motifs.tomtom import match as match
    from jaxmotif.neuronmotif.chain import neuron as neuron
    from jaxmotif.neuronmotif.null import null_network as null_network
    from jaxmotif.neuronmotif.swap import swap_test as swap_test
    from jaxmotif.neuronmotif.syntax.spacing_scan import spacing_scan as spacing_scan
    from jaxmotif.report.motif_table import motifs_page as write_report  # noqa: F401
    from jaxmotif.training.callbacks import Callback as Callback
    from jaxmotif.training.config import TrainConfig as TrainConfig
    from jaxmotif.training.from_data import fit as fit

# Public name -> "module:attribute", or "module:" for a module; the imports above, for type checkers, agree.
_PUBLIC = {
    "Callback": "jaxmotif.training.callbacks:Callback",
    "Dataset": "jaxmotif.data.dataset:Dataset",
    "Geometry": "jaxmotif.models.geometry:Geometry",
    "Motif": "jaxmotif.motifs.motif:Motif",
    "MotifSet": "jaxmotif.motifs.motif_set:MotifSet",
    "Network": "jaxmotif.models.network:Network",
    "TrainConfig": "jaxmotif.training.config:TrainConfig",
    "against_nulls": "jaxmotif.apps.decode.layer_motifs:against_nulls",
    "attribute": "jaxmotif.interpret.attribution:attribute",
    "class_motif": "jaxmotif.interpret.class_optimization:class_motif",
    "database": "jaxmotif.motifs.jaspar:database",
    "decode": "jaxmotif.apps.decode.run:decode",
    "discover": "jaxmotif.apps.discover.motifs:discover",
    "filter_motifs": "jaxmotif.interpret.filter_motifs:filter_motifs",
    "fit": "jaxmotif.training.from_data:fit",
    "hypothetical_contributions": "jaxmotif.interpret.attribution:hypothetical_contributions",
    "load_keras": "jaxmotif.models.imports.keras.load:load_keras",
    "load_torch": "jaxmotif.models.imports.pytorch.load:load_torch",
    "match": "jaxmotif.motifs.tomtom:match",
    "neuron": "jaxmotif.neuronmotif.chain:neuron",
    "null_network": "jaxmotif.neuronmotif.null:null_network",
    "one_hot": "jaxmotif.dna:one_hot",
    "plot_logo": "jaxmotif.motifs.logo:plot_logo",
    "predict": "jaxmotif.models.predict:predict",
    "predict_tiles": "jaxmotif.interpret.tiled:predict_tiles",
    "read_motifs": "jaxmotif.motifs.motif_set:read_motifs",
    "read_sequences": "jaxmotif.data.files.fasta:read_sequences",
    "scan": "jaxmotif.motifs.scan:scan",
    "shuffle": "jaxmotif.data.negatives:shuffle",
    "spacing_scan": "jaxmotif.neuronmotif.syntax.spacing_scan:spacing_scan",
    "split": "jaxmotif.data.prepare:split",
    "swap_test": "jaxmotif.neuronmotif.swap:swap_test",
    "variant_effects": "jaxmotif.interpret.variants:variant_effects",
    "with_negatives": "jaxmotif.data.prepare:with_negatives",
    "write_motifs": "jaxmotif.motifs.meme:write_meme",
    "write_report": "jaxmotif.report.motif_table:motifs_page",
    "zoo": "jaxmotif.models.zoo:",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    loaded = importlib.import_module(module)
    value = getattr(loaded, attribute) if attribute else loaded
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
