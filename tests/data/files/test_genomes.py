"""Genomes packed by bgzip and in 2bit, against the letters that were written; indices, lower case."""

import gzip
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.files import genome_bytes, genome_index
from jaxmotif.data.files.genome import GenomeFasta, GenomeTwoBit, open_genome

bgzf = pytest.importorskip("Bio.bgzf")


@pytest.fixture(scope="module")
def letters():
    rng = np.random.default_rng(3)
    made = {}
    for name, size in {"chr1": 150_001, "2": 1203, "tiny": 5, "chrM": 61}.items():
        text = rng.choice(np.frombuffer(b"ACGT", np.uint8), size)
        for fill, count in ((ord("N"), 6), (0, 12)):  # stretches of N, and of lower case
            for start in rng.integers(0, size, count):
                part = slice(int(start), int(start) + int(rng.integers(1, 2 + size // 20)))
                text[part] = fill or text[part] | 0x20
        made[name] = text.tobytes().decode()
    return made


def fasta(letters, width=70):
    return "".join(
        f">{name} x\n" + "".join(f"{text[i : i + width]}\n" for i in range(0, len(text), width))
        for name, text in letters.items()
    ).encode()


def runs(flags):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return edges[::2], edges[1::2] - edges[::2]


def two_bit(letters, order="<", version=0):
    """A file as UCSC's format says, one number after the other."""
    records, index = [], b""
    for text in letters.values():
        raw = np.frombuffer(text.encode(), np.uint8)
        record = struct.pack(order + "I", len(raw))
        for flags in (raw & 0xDF == ord("N"), raw >= ord("a")):
            starts, sizes = runs(flags)
            record += struct.pack(f"{order}{1 + 2 * len(starts)}I", len(starts), *starts, *sizes)
        record += struct.pack(order + "I", 0)
        codes = [{"T": 0, "C": 1, "A": 2, "G": 3}.get(c, 0) for c in text.upper()] + [0] * (-len(text) % 4)
        for i in range(0, len(codes), 4):
            a, b, c, d = codes[i : i + 4]
            record += bytes([a << 6 | b << 4 | c << 2 | d])
        records.append(record)
    at = 16 + sum(1 + len(name) + (8 if version else 4) for name in letters)
    for name, record in zip(letters, records, strict=True):
        index += bytes([len(name)]) + name.encode() + struct.pack(order + ("Q" if version else "I"), at)
        at += len(record)
    return struct.pack(order + "4I", 0x1A412743, version, len(letters), 0) + index + b"".join(records)


def written(tmp_path, letters, kind):
    path = tmp_path / "g"
    if kind == "bgzip":
        with bgzf.open(str(path), "wb") as stream:
            stream.write(fasta(letters))
    elif kind == "plain":
        path.write_bytes(fasta(letters))
    else:
        path.write_bytes(two_bit(letters, ">" if kind == "2bit >" else "<", int(kind == "2bit 1")))
    return path


KINDS = ("plain", "bgzip", "2bit", "2bit >", "2bit 1")


@pytest.mark.parametrize("repeats", ["keep", "mask"])
@pytest.mark.parametrize("kind", KINDS)
def test_letters_are_those_that_were_written(tmp_path, letters, kind, repeats):
    genome = open_genome(written(tmp_path, letters, kind), repeats)
    assert isinstance(genome, GenomeTwoBit if "2bit" in kind else GenomeFasta)
    assert genome.lengths == {name: len(text) for name, text in letters.items()}
    rng = np.random.default_rng(1)
    for name, text in letters.items():
        shown = "".join("N" if c.islower() else c for c in text) if repeats == "mask" else text
        padded = np.concatenate([np.full(200, 4), dna.encode([shown])[0], np.full(9999, 4)])
        lower = np.array([c.islower() for c in "N" * 200 + text + "N" * 9999])
        places = [(0, len(text)), (len(text), len(text)), (0, 0)]
        places += [(start := int(rng.integers(-150, len(text) + 50)), start + int(rng.integers(0, 9000)))
                   for _ in range(30)]  # fmt: skip
        for start, end in places:
            np.testing.assert_array_equal(genome.letters(name, start, end), padded[start + 200 : end + 200])
            np.testing.assert_array_equal(genome.soft(name, start, end), lower[start + 200 : end + 200])
    assert [genome.chromosome(name) for name in ("1", "chr2", "MT", "tiny", "chr7")] == [
        "chr1", "2", "chrM", "tiny", "",
    ]  # fmt: skip


def test_biopython_reads_the_2bit_of_these_tests_alike(tmp_path, letters):
    from Bio import SeqIO

    with open(written(tmp_path, letters, "2bit"), "rb") as stream:
        assert {r.id: str(r.seq) for r in SeqIO.parse(stream, "twobit")} == letters


def test_parts_of_a_file_and_of_lines_are_put_together(tmp_path, letters, monkeypatch):
    whole = GenomeFasta(written(tmp_path, letters, "plain"))
    for part in (64, 71, 72, 1000):
        monkeypatch.setattr(genome_index, "_PART", part)
        assert genome_index.scan(genome_bytes.Plain(whole.path)) == whole._records
    monkeypatch.setattr(genome_bytes, "_WALK", 30)
    assert GenomeFasta(written(tmp_path, letters, "bgzip"))._records == whole._records


@pytest.mark.parametrize("kind", ["plain", "bgzip"])
def test_an_index_is_kept_beside_the_file_or_in_the_cache(tmp_path, letters, monkeypatch, kind):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = written(tmp_path, letters, kind)
    records = GenomeFasta(path)._records
    assert not (tmp_path / "g.fai").exists()  # a small file is read again as soon
    monkeypatch.setattr(genome_index, "WORTH", 1)
    assert GenomeFasta(path)._records == records
    rows = [line.split("\t") for line in (tmp_path / "g.fai").read_text().splitlines()]
    text = fasta(letters)
    assert [row[0] for row in rows] == list(letters)
    for name, length, first, width, line in rows:
        assert int(length) == len(letters[name])
        assert (int(width), int(line)) == (70, 71) or int(length) <= 70
        assert text[int(first) :].startswith(letters[name][: int(width)].encode())
    monkeypatch.setattr(genome_index, "scan", lambda source: pytest.fail("was read again"))
    assert GenomeFasta(path)._records == records
    (tmp_path / "g.fai").unlink()
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(genome_index, "WORTH", 1)
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    GenomeFasta(path)
    assert (
        not (tmp_path / "g.fai").exists() and len(list((tmp_path / "cache/jaxmotif/genomes").iterdir())) == 1
    )
    monkeypatch.setattr(genome_index, "scan", lambda source: pytest.fail("was read again"))
    assert GenomeFasta(path)._records == records


def test_damaged_files_say_so(tmp_path, letters):
    bad = tmp_path / "bad"
    bad.write_bytes(gzip.compress(fasta(letters)))
    with pytest.raises(ValueError, match="not by bgzip.*gunzip it first"):
        open_genome(bad)
    packed = written(tmp_path, letters, "bgzip").read_bytes()
    bad.write_bytes(packed[:-40])
    with pytest.raises(ValueError, match="bad"):
        open_genome(bad)
    spoiled = bytearray(packed)
    spoiled[3000] ^= 255
    bad.write_bytes(spoiled)
    with pytest.raises(ValueError, match="damaged"):
        open_genome(bad).letters("chr1", 0, 150_000)
    bits = two_bit(letters)
    for data, message in (
        (bits[:20], "cut off"),
        (bits[:80], "cut off"),
        (struct.pack("<4I", 0x1A412743, 2, 1, 0), "version 2"),
    ):
        bad.write_bytes(data)
        with pytest.raises(ValueError, match=message):
            open_genome(bad)
    bad.write_bytes(bits[:-5])
    with pytest.raises(ValueError, match="cut off or damaged at chrM"):
        open_genome(bad).letters("chrM", 0, 61)
    with pytest.raises(ValueError, match="no such file"):
        open_genome(tmp_path / "none")


def test_a_file_is_closed_with_its_reader_and_quietly_at_the_end_of_python(tmp_path):
    path = tmp_path / "some.fa"
    path.write_bytes(b">chr1\nACGT\n")

    def is_open():
        folder = "/proc/self/fd"
        return str(path) in [os.path.realpath(f"{folder}/{number}") for number in os.listdir(folder)]

    source = genome_bytes.Plain(str(path))
    assert source.read(6, 9) == b"ACGT\n"
    if os.path.isdir("/proc/self/fd"):
        assert is_open()
        del source
        assert not is_open()
    # What jax keeps is let go after the modules have been taken apart.
    code = (
        "import sys, jax.numpy; from jaxmotif.data.files import genome_bytes\n"
        "jax.config.kept = genome_bytes.Plain(sys.argv[1])"
    )
    command = [sys.executable, "-c", code, str(path)]
    assert "Plain" not in subprocess.run(command, capture_output=True, text=True, check=True).stderr
