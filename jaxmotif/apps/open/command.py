"""jaxmotif open FILE [flags]: what a file of Keras or PyTorch holds: heads, maps, and how it was checked.

FILE is .h5, .hdf5 or .keras of a whole model of Keras 2 or 3, or a file of weights with --architecture.
Keras 3 is needed for all but plain convolutional networks of Keras 2: pip install 'jaxmotif[keras]'.
Of PyTorch (pip install 'jaxmotif[torch]') it is a .pt2 of torch.export.save, or weights with their --module.

Prints the outputs with their names and shapes, the maps with number, name, size and receptive field, what
was left out and why, and the largest difference of outputs on 32 random sequences to those of Keras or
PyTorch itself, or to --reference. Numbers and names are those of `jaxmotif decode FILE --layer=...`; predict,
attribute and variants take FILE in the place of RUN.

    jaxmotif open model.keras
    jaxmotif open weights.h5 --architecture=model.json --reference=outputs.npz
    jaxmotif open bpnet.h5 --head=profile --input=bias=0
    jaxmotif open model.pt2
    jaxmotif open weights.pt --module=mymodels:Classifier --length=1000
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    flags.DEFINE_string("alphabet", "ACGT", "Order of the input channels.", flag_values=values)
    launch.foreign_flags(values)
    launch.input_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 1:
        raise ValueError(f"open wants one file, got {len(paths)}")

    from jaxmotif.apps import opening
    from jaxmotif.models.opened import foreign

    print(launch.printable("\n".join(foreign(paths[0], opening.options(values)).lines())))
