"""jaxmotif: motifs that networks learn from DNA.

    jaxmotif discover peaks.fa [--negatives=neg.fa] [--out=DIR]
    jaxmotif discover peaks.narrowPeak --genome=hg38.fa [--blacklist=BED] [--length=200]
    jaxmotif discover a.narrowPeak b.narrowPeak --genome=hg38.fa
    jaxmotif discover table.tsv [--genome=hg38.fa] [--task=regression] [--targets=liver,brain]
    jaxmotif discover peaks.narrowPeak --genome=hg38.fa --signal=liver.bw,brain.bw
    jaxmotif discover peaks.fa --negatives=neg.fa --test=test.fa --test_negatives=test_neg.fa
    jaxmotif match a.meme b.meme|JASPAR2024 [--out=tomtom.tsv]
    jaxmotif dashboard RUN [--sequence=ID|FASTA] [--factor=NAME] [--format=png,pdf]
    jaxmotif decode RUN|WEIGHTS --layer=3 [--neurons=0,4,7] [--sequences=FASTA]
    jaxmotif predict RUN SEQUENCES|LOCI [--genome=FASTA]
    jaxmotif attribute RUN SEQUENCES|LOCI [--genome=FASTA]
    jaxmotif open FILE
    jaxmotif scan RUN|MOTIFS SEQUENCES|GENOME [--p=1e-4]
    jaxmotif variants RUN VARIANTS --genome=GENOME
    jaxmotif compare RUN RUN ... [--out=DIR]
    jaxmotif motifs RUN|MOTIFS OUT.jaspar|OUT.transfac|OUT.homer|OUT.meme
    jaxmotif doctor
    jaxmotif completion bash|zsh|fish

`jaxmotif COMMAND --help` lists the flags of a command.
"""

import dataclasses
import importlib
import pathlib
import sys
from collections.abc import Callable, Sequence

from absl import flags

from jaxmotif import __version__, cores
from jaxmotif.apps import launch, programs
from jaxmotif.config import choose
from jaxmotif.errors import Failed


def match(argv: Sequence[str]) -> None:
    """jaxmotif match QUERIES TARGETS [flags]: compares motifs as MEME's tomtom does.

    QUERIES is a motif file (MEME, HOMER, JASPAR, PFM, TRANSFAC, CIS-BP, UniPROBE, HOCOMOCO, or TF-MoDISco's
    .h5; - is standard input), TARGETS one too or a JASPAR release such as JASPAR2024. Writes the ten columns
    of tomtom.tsv.

        jaxmotif match runs/peaks/motifs.meme JASPAR2024
        zcat known.meme.gz | jaxmotif match - mine.jaspar
        jaxmotif match mine.jaspar theirs.meme --e=0.05 --out=tomtom.tsv
    """
    values = flags.FlagValues()
    flags.DEFINE_string("out", None, "File to write; default: standard output.", flag_values=values)
    flags.DEFINE_float("e", 10.0, "Largest E-value to list.", lower_bound=0, flag_values=values)
    launch.input_flags(values)
    paths = launch.parse(values, argv, match.__doc__)
    if len(paths) != 2:
        raise ValueError(f"match wants two motif files, got {len(paths)}")

    from jaxmotif.motifs import formats, hits, jaspar

    queries, targets = formats.read(paths[0], may_be_empty=True), jaspar.database(paths[1])
    rows = hits.compared(queries, targets, (paths[0], paths[1]), values.e) if queries else []
    if values.out:
        hits.write_tsv(values.out, rows)
    else:
        print(launch.printable(hits.tsv(rows)), end="")


def decode(argv: Sequence[str]) -> None:
    """jaxmotif decode RUN|WEIGHTS --layer=LAYER [flags]: what the neurons of a convolution recognise.

    RUN is a directory with a trained network, WEIGHTS a file of Keras or an .npz of arrays by layer.
    LAYER is a convolution's number, "2,3", "last" or "all", or a map's name (see `jaxmotif open`). Layers
    below are decoded first, for seeds.
    Writes into --out a folder per layer: report.html, motifs.meme, tomtom.tsv, syntax.txt, table.md,
    decoded.npz. The same command again continues, and --layer may ask for more.

    --neurons=top:10 decodes the ten without which an output changes most, in this order. That is measured on
    --sequences of the network's length, else on held_out.fa of RUN; with either, pages are sorted by it.

        jaxmotif decode runs/peaks --layer=last
        jaxmotif decode runs/peaks --layer=2 --neurons=top:10 --out=runs/layer2
        jaxmotif decode model.keras --layer=1,2 --sequences=peaks.fa
    """
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_string("layer", None, 'Convolutions, from 1: "3", "2,3", "last" or "all".', **define)
    flags.DEFINE_list(
        "neurons", [], "Channels, from 0, of the last of these layers, or top:N; default: all.", **define
    )
    flags.DEFINE_string("network", "", "Which of several networks of RUN.", **define)
    flags.DEFINE_integer("member", 1, "Which of several networks trained alike, from 1.", 1, **define)
    flags.DEFINE_string("alphabet", "ACGT", "Order of the input channels in WEIGHTS; ACGU for RNA.", **define)
    launch.foreign_flags(values)
    flags.DEFINE_enum(
        "parity",
        "default",
        ["default", "text", "text-positions", "code"],
        "Settings: ours, the paper's text (in two readings of its mutation), its authors' program.",
        **define,
    )
    flags.DEFINE_integer(
        "repeats", 1, "Times every pooling is split: hard motifs of a soft one.", 1, **define
    )
    flags.DEFINE_string(
        "sequences", "", "FASTA to scan: other methods, and motifs around top regions.", **define
    )
    flags.DEFINE_list(
        "signal",
        [],
        "Footprints, [NAME=]PATH each: bigWig, .npz by chromosome (names of --sequences say chr:start-end), "
        "or .npy with a row for each sequence.",
        **define,
    )
    flags.DEFINE_string(
        "genome", "", "FASTA or 2bit that --sequences are of, to see motifs beyond their ends.", **define
    )
    flags.DEFINE_integer("flank", 500, "Letters to both sides of a top region's middle.", **define)
    flags.DEFINE_integer(
        "nulls",
        0,
        "Null networks to decode as well, for q of neurons and pairs; each takes as long again.",
        0,
        **define,
    )
    flags.DEFINE_string("database", "JASPAR2024", "A JASPAR release or a motif file.", **define)
    flags.DEFINE_string("out", None, "Run directory; default runs/decode-<name>.", **define)
    flags.DEFINE_integer("seed", 0, "Root seed of everything random.", **define)
    flags.DEFINE_multi_string("set", [], "path.to.field=value, overrides one setting.", **define)
    launch.run_flags(values)
    paths = launch.parse(values, argv, decode.__doc__, lambda: _decode_settings(values, "RUN|WEIGHTS", ""))
    if len(paths) != 1:
        raise ValueError(f"decode wants one run directory or file of weights, got {len(paths)}")

    from jaxmotif import config, files
    from jaxmotif.apps import opening, rundir
    from jaxmotif.apps.decode import inputs, measured, run, scanning

    options = opening.options(values)
    network = inputs.network(paths[0], values.network, values.member, values.alphabet, options)
    layers = inputs.layers_of(values.layer, network)
    top = inputs.top_of(values.neurons, network, layers)
    neurons = None if top else inputs.neurons_of(values.neurons, network, layers)
    given = scanning.read(network, max(layers), values.sequences, values.signal, values.genome, values.flank)
    which = values.network, values.member, values.alphabet
    if given is None and (held_out := measured.held_out_of(paths[0])):
        given = scanning.held_out(network, max(layers), held_out)
    effects = measured.find(
        paths[0], *which, layers=layers, sequences=values.sequences, needed=bool(top), options=options
    )
    if top:
        neurons = effects[max(layers)].order()[:top].tolist()
    path = str(pathlib.Path(paths[0]).resolve())
    settings = config.override(_decode_settings(values, path, inputs.fingerprint(network)), values.set)
    folder = rundir.open_run(
        values.out or f"runs/decode-{files.safe_name(network.name)}", settings, resume=values.resume
    )
    opening.write(folder, getattr(network, "network", None))
    rows = run.decode_layers(network, layers, neurons, settings, folder, given, effects)
    print(launch.printable("\n".join(run.summary_lines(rows, folder))))


def _decode_settings(values: flags.FlagValues, weights: str, checksum: str):
    from jaxmotif.apps.decode.settings import named

    return dataclasses.replace(
        named(values.parity, values.repeats, values.seed),
        weights=weights,
        network=values.network,
        member=values.member,
        alphabet=values.alphabet,
        checksum=checksum,
        nulls=values.nulls,
        database=values.database,
    )


def doctor(argv: Sequence[str]) -> None:
    """jaxmotif doctor: says versions, devices, memory and caches, and what is wrong with them.

    The exit code is 1 if anything is.

        jaxmotif doctor
        jaxmotif doctor > doctor.txt
    """
    values = flags.FlagValues()
    if rest := launch.parse(values, argv, doctor.__doc__):
        raise ValueError(f"doctor wants no {rest[0]!r}")

    from jaxmotif.apps import doctor as doctors

    wrong = 0
    for found in doctors.examine():
        print(launch.printable(doctors.line(found)), flush=True)
        wrong += found.wrong
    if wrong:
        raise Failed(f"{wrong} of these {'is' if wrong == 1 else 'are'} wrong")


def completion(argv: Sequence[str]) -> None:
    """jaxmotif completion bash|zsh|fish: writes a script that completes commands and flags.

    Examples:
      source <(jaxmotif completion bash)
      jaxmotif completion fish > ~/.config/fish/completions/jaxmotif.fish
    """
    values = flags.FlagValues()
    shells = launch.parse(values, argv, completion.__doc__)
    if len(shells) != 1:
        raise ValueError(f"completion wants one shell, got {len(shells)}")

    from jaxmotif.apps import completion as completions

    print(completions.script(shells[0], COMMANDS), end="")


def _in_folder(name: str) -> Callable[[Sequence[str]], None]:
    """A command with a folder of its own, loaded when it is called."""
    return lambda argv: importlib.import_module(f"jaxmotif.apps.{name}.command").main(argv)


COMMANDS = {
    "discover": _in_folder("discover"),
    "match": match,
    "dashboard": _in_folder("dashboard"),
    "decode": decode,
    "predict": _in_folder("predict"),
    "attribute": _in_folder("attribute"),
    "scan": _in_folder("scan"),
    "variants": _in_folder("variants"),
    "motifs": _in_folder("motifs"),
    "compare": _in_folder("compare"),
    "open": _in_folder("open"),
    "doctor": doctor,
    "completion": completion,
}


def dispatch(argv: Sequence[str]) -> None:
    """Runs the command named first."""
    name = argv[1] if len(argv) > 1 else "--help"
    if name in ("--help", "-h", "help"):
        print(__doc__.strip())
        return
    if name == "--version":
        print(f"jaxmotif {__version__}")
        return
    choose("command", name, COMMANDS)([f"{argv[0]} {name}", *argv[2:]])


def main() -> None:
    """Entry point of the `jaxmotif` command."""
    cores.fix_threads(sys.argv)  # before programs are kept: they are of a number of threads
    programs.keep()
    launch.run(lambda: dispatch(sys.argv))


if __name__ == "__main__":
    main()
