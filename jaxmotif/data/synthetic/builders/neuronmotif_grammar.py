"""The planted grammar that NeuronMotif's syntax is judged on, as a TFDS builder."""

from collections.abc import Mapping

import tensorflow_datasets as tfds

from jaxmotif.data.synthetic import grammar
from jaxmotif.data.synthetic.builders.planted import Planted, read  # noqa: F401 (read belongs to every builder)

CITATION = """@article{wei2021neuronmotif,
  title={{NeuronMotif}: Deciphering transcriptional cis-regulatory codes from deep neural networks},
  author={Wei, Zheng and Hua, Kui and Wei, Lei and Ma, Shining and Jiang, Rui and Li, Yanda and
    Wong, Wing Hung and Wang, Xiaowo},
  year={2021}
}"""


class NeuronmotifGrammar(Planted, tfds.core.GeneratorBasedBuilder):
    """Two pairs of motifs, one at a free and one at a fixed distance; labels say which rule holds."""

    citation = CITATION

    @staticmethod
    def make(**options):
        return grammar.grammar_splits(**options)

    def labels(self, options):
        return len(grammar.rules())

    def most(self, options):
        return 2 * len(grammar.rules())


def builder(options: Mapping[str, int], **keywords) -> NeuronmotifGrammar:
    """Returns the builder of one variant; `options` are the arguments of `grammar.grammar_splits`."""
    return NeuronmotifGrammar(options=options, **keywords)
