"""Every reader of files with good inputs for it, for tests and for tools/fuzz; `spoiling` spoils them.

A reader may answer a spoilt file with what it read or with a ValueError of one line that names the file. What
else it raises is a leak.
"""

import gzip
import io
import json
import pathlib
import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import h5py
import numpy as np
import scipy.io

from jaxmotif import config, files
from jaxmotif.apps import rundir
from jaxmotif.apps.decode import signals
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import archive, deep_sets, fasta, loci, stream, vcf
from jaxmotif.data.files.genome import open_genome
from jaxmotif.models import saved, spec
from jaxmotif.models.imports import arrays, keras_file
from jaxmotif.motifs import footprint, formats, motif_file
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from tests.helpers import compiled
from tests.helpers.spoiling import npz

NET = spec.NetworkSpec("small", 24, 1, (spec.Conv(3, 5, pool=4),))


class Reader(NamedTuple):
    """A reader and good files for it.

    Attributes:
      read: what is called with the path of a spoilt file.
      good: bytes of good files, by suffix.
    """

    read: Callable[[pathlib.Path], Any]
    good: list[tuple[str, bytes]]


def leak(reader: Reader, path: pathlib.Path) -> str:
    """Returns what is wrong with how a reader answers a file; "" if nothing is."""
    try:
        reader.read(path)
    except ValueError as error:
        text = str(error)
        if "\n" in text or len(text) > 1500:
            return f"not one line: {text[:200]!r}"
        return "" if path.name in text or path.parent.name in text else f"names no file: {text[:200]!r}"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return f"{type(error).__name__}: {files.one_line(error)}"
    return ""


def _hdf5(write: Callable[[h5py.File], None]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        write(file)
    return stream.getvalue()


def _basset(file: h5py.File) -> None:
    rng = np.random.default_rng(0)
    for part in ("train", "valid", "test"):
        file[f"{part}_in"] = np.eye(4)[rng.integers(0, 4, (6, 12))].transpose(0, 2, 1)[:, :, None]
        file[f"{part}_out"] = rng.integers(0, 2, (6, 2)).astype(np.uint8)
    file["target_labels"] = np.array([b"a", b"b"])


def _deepsea_train(file: h5py.File) -> None:
    rng = np.random.default_rng(0)
    file["trainxdata"] = np.eye(4, dtype=np.uint8)[rng.integers(0, 4, (6, 12))].transpose(1, 2, 0)
    file["traindata"] = rng.integers(0, 2, (2, 6)).astype(np.uint8)


def _deepsea_files() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    x = np.eye(4, dtype=np.uint8)[rng.integers(0, 4, (6, 12))].transpose(0, 2, 1)
    found = {"train.mat": _hdf5(_deepsea_train)}
    for part in ("valid", "test"):
        stream = io.BytesIO()
        labels = rng.integers(0, 2, (6, 2)).astype(np.uint8)
        scipy.io.savemat(stream, {f"{part}xdata": x, f"{part}data": labels})
        found[f"{part}.mat"] = stream.getvalue()
    return found


def _deepsea(path: pathlib.Path) -> Any:
    """Reads a folder of which the spoilt file is one of three."""
    for name, data in _deepsea_files().items():
        if name != path.name:
            (path.parent / name).write_bytes(data)
    return deep_sets.load(path.parent)


def _keras(file: h5py.File) -> None:
    layers = [
        ("Conv1D", {"name": "c", "filters": 3, "kernel_size": [5], "activation": "relu", "strides": [1],
                    "padding": "valid", "dilation_rate": [1], "use_bias": True,
                    "batch_input_shape": [None, 24, 4]}),
        ("Flatten", {"name": "f"}),
        ("Dense", {"name": "d", "units": 1, "activation": "sigmoid", "use_bias": True}),
    ]  # fmt: skip
    entries = [{"class_name": kind, "config": settings} for kind, settings in layers]
    file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": entries}})
    file.attrs["keras_version"] = "2.15.0"
    for name, shape in (("c", (5, 4, 3)), ("d", (60, 1))):
        group = file.create_group(f"model_weights/{name}")
        group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
        group[f"{name}/kernel:0"], group[f"{name}/bias:0"] = np.ones(shape, "f4"), np.zeros(shape[-1], "f4")


def _flat(variables) -> dict[str, np.ndarray]:
    return {
        f"{layer}/{name}": np.asarray(array)
        for group in ("params", "batch_stats")
        for layer, own in variables[group].items()
        for name, array in own.items()
    }


def _saved(path: pathlib.Path) -> Any:
    """Reads a network of which the spoilt file is one of two."""
    other = saved.WEIGHTS if path.name == saved.DESCRIPTION else saved.DESCRIPTION
    (path.parent / other).write_bytes(dict(_saved_files())[other])
    return saved.read(path.parent)


def _saved_files() -> list[tuple[str, bytes]]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        fields = {"strands": "given", "classes": ("a",), "scores": (0.5,), "alphabet": "ACGT"}
        saved.write(folder, NET, [compiled.weights(NET)], **fields)
        return [
            (name, (pathlib.Path(folder) / name).read_bytes()) for name in (saved.DESCRIPTION, saved.WEIGHTS)
        ]


_INPUTS = {"sequences": {"file": "a", "sha256": "b", "bytes": 3}}


def _run_record(path: pathlib.Path) -> Any:
    """Asks whether a run directory is finished, of which the spoilt file is one of three."""
    good = {"config.json": config.to_dict(Settings()), "inputs.json": _INPUTS, "outputs.json": {}}
    for name, value in good.items():
        if name != path.name:
            (path.parent / name).write_text(json.dumps(value))
    (path.parent / "summary.txt").write_text("all is said\n")  # else nothing depends on the others
    return rundir.is_finished(path.parent, Settings(), _INPUTS)


def _bigwig() -> bytes:
    import tempfile

    import pybigtools

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.bw"
        values = [("chr1", at, at + 10, float(at % 7)) for at in range(0, 2000, 10)]
        pybigtools.open(str(path), "w").write({"chr1": 5000}, iter(values))
        return path.read_bytes()


def _read_bigwig(path: pathlib.Path) -> None:
    for name, length in list(footprint.chromosomes(path).items())[:3]:
        footprint.check(path, [(name, 0, min(int(length), 3000))])


def _bigbed() -> bytes:
    import tempfile

    import pybigtools

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.bb"
        rows = [("chr1", at, at + 60, f"p{at}\t0\t.\t1\t2\t3\t20") for at in range(0, 2000, 100)]
        pybigtools.open(str(path), "w").write({"chr1": 5000}, iter(rows))
        return path.read_bytes()


def _two_bit() -> bytes:
    head = struct.pack("<4IB4sI", 0x1A412743, 0, 1, 0, 4, b"chr1", 25)
    return head + struct.pack("<8I", 23, 1, 17, 2, 1, 4, 5, 0) + bytes(range(27, 33))


def _bgzip(data: bytes) -> bytes:
    packed = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packed.compress(data) + packed.flush()
    head = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff\x06\x00BC\x02\x00" + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<2I", zlib.crc32(data), len(data))


def _read_genome(path: pathlib.Path) -> None:
    found = open_genome(path)
    for name, length in list(found.lengths.items())[:3]:
        found.letters(name, -5, min(length, 1000) + 5)


def _read_signal(path: pathlib.Path) -> None:
    names = [f"chr1:{at}-{at + 18}" for at in range(0, 400, 50)]
    data = Dataset(
        np.zeros((8, 18), np.uint8), names=names, chrom=np.full(8, "chr1"), start=np.arange(0, 400, 50)
    )
    for one in signals.read([str(path)], data, "peaks.fa"):
        one.around(np.arange(8), np.full(8, 9), 6)


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _motif_set(path: pathlib.Path | None = None) -> bytes:
    import tempfile

    motif = Motif("m", np.full((4, 4), 0.25), 20)
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder) / "set.json"
        motif_file.save(place, MotifSet([motif]))
        return place.read_bytes()


FASTA = b"".join(b">chr1:%d-%d(+)\nACGTTGCANNACGTTGCA\n" % (i * 50, i * 50 + 18) for i in range(8))
GENOME = b">chr1 one\nACGTTGCAAC\nGTTGCANNAC\nACG\n>chr2\nGGGGCCCCAA\nA\n"
NARROW = b"#x\n" + b"".join(
    b"chr1\t%d\t%d\tp\t0\t+\t1.5\t2\t-1\t20\n" % (i, i + 50) for i in range(0, 500, 90)
)
VCF = (
    b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    b"chr1\t5\trs1\tA\tC,<DEL>\t.\tPASS\t.\nchr1\t9\t.\tGTT\tG\t50\t.\tDP=3\n"
)
MEME = (
    b"MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n"
    b"A .25 C .25 G .25 T .25\n\nMOTIF a b\n"
    b"letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0\n.1 .2 .3 .4\n.7 .1 .1 .1\nURL x\n"
)
JASPAR = b">MA1 a\nA [ 1 2 3 ]\nC [ 1 2 3 ]\nG [ 1 2 3 ]\nT [ 1 2 3 ]\n"
HOMER = b">ACG\tname\t6.0\t-10\t0\tT:20.0(1.00%),B:3(.1%)\n0.1\t0.2\t0.3\t0.4\n0.7\t0.1\t0.1\t0.1\n"
TRANSFAC = b"ID a\nBF x\nP0 A C G T\n01 1 2 3 4 N\n02 1 2 3 4 N\nXX\n//\n"


def readers() -> dict[str, Reader]:
    """Returns all readers by name."""
    rng = np.random.default_rng(0)
    parts = {f"{part}/sequences": rng.integers(0, 4, (3, 9)).astype(np.uint8) for part in archive.PARTS}
    parts |= {f"{part}/labels": np.ones((3, 1), np.float32) for part in archive.PARTS}
    truth = {"pool": np.full((5, 4), 0.25), "pool_widths": np.array([2, 3]), "recipe": np.array('{"a": 1}')}
    for part in archive.PARTS:
        truth |= {
            f"{part}/motif_id": np.zeros((3, 2), np.int32),
            f"{part}/motif_start": np.zeros((3, 2), np.int32),
        }
    weights = _flat(compiled.weights(NET)) | {"spec": np.array(json.dumps(config.to_dict(NET)))}
    settings = json.dumps(config.to_dict(Settings())).encode()
    return {
        "fasta": Reader(
            fasta.read_sequences,
            [(".fa", FASTA), (".fa.gz", gzip.compress(FASTA, mtime=0)), (".tsv", b"a\tACGT\nb\tACGG\n")],
        ),
        "pieces": Reader(
            lambda path: list(stream.pieces(path)),
            [(".fa", FASTA), (".fa.gz", gzip.compress(FASTA, mtime=0))],
        ),
        "vcf": Reader(
            lambda path: list(vcf.read_vcf(path)), [(".vcf", VCF), (".vcf.gz", gzip.compress(VCF, mtime=0))]
        ),
        "motifs": Reader(
            formats.read,
            [
                (".meme", MEME),
                (".meme.gz", gzip.compress(MEME, mtime=0)),
                (".jaspar", JASPAR),
                (".motif", HOMER),
                (".transfac", TRANSFAC),
            ],
        ),  # fmt: skip
        "motif set": Reader(motif_file.load, [(".json", _motif_set())]),
        "archive": Reader(archive.load, [(".npz", npz(parts | truth))]),
        "arrays": Reader(arrays.load, [(".npz", npz(weights))]),
        "saved": Reader(_saved, _saved_files()),
        "keras": Reader(keras_file.load, [(".h5", _hdf5(_keras))]),
        "Basset": Reader(deep_sets.load, [(".h5", _hdf5(_basset))]),
        "DeepSEA": Reader(_deepsea, list(_deepsea_files().items())),
        "config": Reader(lambda path: config.load(Settings, str(path)), [(".json", settings)]),
        "run directory": Reader(
            _run_record,
            [
                ("config.json", settings),
                ("inputs.json", json.dumps(_INPUTS).encode()),
                ("outputs.json", b'{"motifs.meme": "abc"}'),
            ],
        ),  # fmt: skip
        "bigWig": Reader(_read_bigwig, [(".bw", _bigwig())]),
        "genome": Reader(_read_genome, [(".fa", GENOME), (".fa.gz", _bgzip(GENOME)), (".2bit", _two_bit())]),
        "loci": Reader(
            loci.read_loci,
            [(".narrowPeak", NARROW), (".bed.gz", gzip.compress(NARROW, mtime=0)), (".bb", _bigbed())],
        ),  # fmt: skip
        "signals": Reader(
            _read_signal, [(".npz", npz({"chr1": np.ones(500)})), (".npy", _npy(np.ones((8, 30))))]
        ),
    }


def place(folder: pathlib.Path, suffix: str) -> pathlib.Path:
    """Returns where a file of a suffix, or of a whole name, goes in a folder."""
    return folder / (suffix if not suffix.startswith(".") else f"spoilt{suffix}")
