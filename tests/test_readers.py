"""Whatever a file holds, a reader answers with what it read or with one line that names it."""

import gzip
import io
import os
import pathlib
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jaxmotif import files, memory
from jaxmotif.data.files import fasta
from jaxmotif.motifs import formats
from tests.helpers import readers, spoiling

READERS = readers.readers()
# Which reader the inputs were found for.
NAMES = {
    "archive.load": ("archive", ".npz"),
    "arrays.load": ("arrays", ".npz"),
    "basset_bytes": ("Basset", ".h5"),
    "deep_sets.basset": ("Basset", ".h5"),
    "bigWig": ("bigWig", ".bw"),
    "config.load": ("config", ".json"),
    "deepsea": ("DeepSEA", "valid.mat"),
    "fasta": ("fasta", ".fa"),
    "keras_bytes": ("keras", ".h5"),
    "keras_file.load": ("keras", ".h5"),
    "meme": ("motifs", ".meme"),
    "rundir.open_run": ("run directory", "config.json"),
    "saved.load": ("saved", "network.npz"),
}
quick = settings(
    max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.mark.parametrize("name", READERS)
def test_good_files_are_read(name, tmp_path):
    for suffix, data in READERS[name].good:
        path = readers.place(tmp_path, suffix)
        path.write_bytes(data)
        READERS[name].read(path)


@pytest.mark.parametrize("name", READERS)
def test_spoilt_files_are_answered(name, tmp_path):
    reader = READERS[name]

    @quick
    @given(st.integers(0, 2**32 - 1), st.integers(0, len(reader.good) - 1))
    def check(seed, number):
        suffix, data = reader.good[number]
        path = readers.place(tmp_path, suffix)
        path.write_bytes(spoiling.spoilt(data, np.random.default_rng(seed)))
        assert not readers.leak(reader, path)

    check()


@pytest.mark.parametrize("name", ["fasta", "motifs", "config", "motif set"])
def test_any_bytes_are_answered(name, tmp_path):
    path = readers.place(tmp_path, READERS[name].good[0][0])

    @quick
    @given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
    def check(data):
        path.write_bytes(data)
        assert not readers.leak(READERS[name], path)

    check()


def _malformed(shared_cases) -> list[pathlib.Path]:
    return sorted((shared_cases / "malformed" / "readers").iterdir())


def test_inputs_that_once_leaked(shared_cases, tmp_path):
    leaks = []
    for found in _malformed(shared_cases):
        name, suffix = NAMES[found.name.rpartition("-")[0]]
        path = readers.place(tmp_path, suffix)
        path.write_bytes(found.read_bytes())
        if wrong := readers.leak(READERS[name], path):
            leaks.append(f"{found.name}: {wrong}")
    assert not leaks, "\n".join(leaks)


def test_gzip_that_grows_too_far_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_SMALL", 1000)
    path = tmp_path / "zeros.gz"
    path.write_bytes(gzip.compress(b"\n" * 3_000_000))
    for read in (fasta.read_sequences, formats.read):
        with pytest.raises(
            ValueError, match="zeros.gz: its .* bytes of gzip unpack to more than .*--gzip_limit"
        ):
            read(path)
    monkeypatch.setattr(memory, "gzip_limit", 10_000)
    with pytest.raises(ValueError, match="is empty|the file is empty"):
        formats.read(path)


def test_what_is_larger_than_memory_is_refused_before(tmp_path):
    free = memory.free()
    assert free is None or 0 < free <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with pytest.raises(ValueError, match="rows need 1,000,000.0 GB of memory, of which .* GB are free"):
        memory.check(10**15, "rows")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", header.getvalue() + bytes(80))
    with pytest.raises(ValueError, match="a.npz: a.npy says it is .1000000000000,. float64, and has "):
        files.load_npz(path)


@pytest.mark.parametrize("text", ["../../owned", "", ".hidden", "a/b\\c", "x" * 500, "naïve\x1b[31m"])
def test_names_never_choose_a_folder(text):
    name = files.safe_name(text)
    assert name and len(name) <= 80 and not set(name) & set("/\\\x1b") and name[0] != "."


def test_devices_without_an_end_are_refused(monkeypatch):
    monkeypatch.setattr(files, "_PART", 1000)
    with pytest.raises(ValueError, match="/dev/zero begins with 1,000 bytes of zero"):
        formats.read("/dev/zero")
    with pytest.raises(ValueError, match="/dev/zero is no text file"):
        fasta.read_sequences("/dev/zero")
    monkeypatch.setattr(memory, "free", lambda: 10_000)
    with pytest.raises(ValueError, match="endless: bytes and text need .* GB of memory"):
        files.whole(io.BytesIO(b"x" * 100_000), "endless")
    assert files.whole(io.BytesIO(b"cd"), "short", b"ab") == b"abcd"


def test_lengths_that_no_sequence_has_are_refused():
    with pytest.raises(ValueError, match="length 1,000,000 is more than 100 times that of the longest, 4 nt"):
        fasta.fit_length(["ACGT"], 1_000_000)


def test_torn_records_are_named(tmp_path):
    path = tmp_path / "row.json"
    files.write_json(path, {"a": [1, 2.5]})
    assert files.read_json(path) == {"a": [1, 2.5]}
    for data in (path.read_bytes()[:-4], b"", b"\xff\xfe", b"[" * 100_000):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="row.json is (no JSON file that can be read|nested too deeply)"):
            files.read_json(path)
