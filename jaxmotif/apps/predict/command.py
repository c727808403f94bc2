"""jaxmotif predict RUN SEQUENCES [flags]: what the networks of a run say of sequences of any length.

RUN is a directory of `discover` or another one with a trained network, or a file of weights (of Keras,
or an .npz of arrays). SEQUENCES is a FASTA (.gz too; - is standard input); with --genome it is a file of
loci, such as BED or narrowPeak.

Writes a table with a line for each sequence and class: probability and logit, means and standard
deviations over the networks of the run, and where the best window lies. Of networks that were trained on
values or counts it has the value, or the expected count and its logarithm, of each target. Sequences longer
than the network's are read in windows; shorter ones are padded with N, which a note tells. Windows that are N
in more than half are the best only where there is no other. Loci are read around their summit or middle;
those without a summit that are longer than a window are read in windows. Positions count from 0, in the
record or the chromosome, without what is padded, and the end is left out.

    jaxmotif predict runs/peaks other.fa > predictions.tsv
    jaxmotif predict runs/peaks peaks.narrowPeak --genome=hg38.fa --out=predictions.tsv
    zcat promoters.fa.gz | jaxmotif predict runs/peaks - --stride=50 --tiles
"""

from collections.abc import Sequence

from absl import flags

from jaxmotif.apps import launch


def main(argv: Sequence[str]) -> None:
    """Runs the command."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    launch.genome_flags(values)
    flags.DEFINE_integer("stride", 0, "Nt between windows; 0: half a window.", lower_bound=0, **define)
    flags.DEFINE_bool("tiles", False, "Tell of every window, not of the best one only.", **define)
    launch.table_flags(values)
    paths = launch.parse(values, argv, __doc__)
    if len(paths) != 2:
        raise ValueError(f"predict wants a run and a file of sequences or loci, got {len(paths)} arguments")

    from jaxmotif.apps import opening, streams
    from jaxmotif.apps.predict import table
    from jaxmotif.apps.progress import Progress
    from jaxmotif.apps.regions import Regions
    from jaxmotif.interpret import tiled

    network = opening.network(paths[0], values)
    shown = table.targets(network, values.classes)
    regions = Regions(paths[1], network.length, values.genome, values.repeats)

    windows = unknown = 0

    def lines():
        nonlocal windows, unknown
        progress = Progress("predicted", "sequence")
        for done, one in enumerate(tiled.over_regions(network, regions, values.stride or None), 1):
            yield from table.lines(one, network.length, shown, values.tiles)
            windows, unknown = windows + len(one.start), unknown + int(one.unknown.sum())
            progress(done, regions.total)
        progress.close()

    with streams.writing(values.out) as stream:
        streams.write_table(stream, table.columns(network.answer), lines())
    notes = list(regions.notes)
    if unknown:
        only = "" if values.tiles else ", and told of only where a sequence has no other"
        notes.append(f"{regions.name}: {unknown:,} of {windows:,} windows are N in more than half{only}")
    streams.tell(notes)
