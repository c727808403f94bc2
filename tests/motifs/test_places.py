"""Sites in records, in the genome and along the rows, against letters and plain loops."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.files import fasta
from jaxmotif.motifs import places, scan
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows

WORD = "CCAGCAGGTGGCGC"
MOTIF = Motif("planted", np.eye(4)[dna.encode([WORD])[0]] * 0.96 + 0.01, 100)


def _records(lengths, seed=0):
    """Random records, one word in each, on either strand: name -> letters, and the word's place."""
    rng = np.random.default_rng(seed)
    records, truth = {}, {}
    for i, length in enumerate(lengths):
        letters = rng.integers(0, 4, length).astype(np.uint8)
        start = int(rng.integers(0, length - len(WORD) + 1))
        word = dna.encode([WORD])[0]
        letters[start : start + len(WORD)] = word if i % 2 else dna.reverse_complement(word)
        records[f"r{i}"] = dna.decode(letters[None])[0]
        truth[f"r{i}"] = start, "+" if i % 2 else "-"
    return records, truth


def _write(path, records):
    path.write_text("".join(f">{name}\n{letters}\n" for name, letters in records.items()))
    return path


def _table(path):
    return [line.split("\t") for line in path.read_text().splitlines()[1:]]


@pytest.mark.parametrize("length", [None, 60, 101, 250])
def test_every_row_of_the_table_is_the_word_in_the_users_record(tmp_path, length):
    records, truth = _records([30, 60, 100, 101, 140, 180] * 10)
    data = fasta.read_sequences(_write(tmp_path / "x.fa", records), length)
    MotifSet([MOTIF]).scan(data, 1e-6).to_sites(tmp_path / "sites.tsv")
    rows = _table(tmp_path / "sites.tsv")
    found = {row[0]: (int(row[1]), int(row[2]), row[3]) for row in rows}
    assert len(found) == len(rows)
    inside = 0
    for name, (start, strand) in truth.items():
        first = int(data.offset[data.names.index(name)])
        if first <= start and start + len(WORD) <= first + data.length:
            assert found[name] == (start, start + len(WORD), strand)
            inside += 1
    for name, (start, end, _) in found.items():
        assert 0 <= start < end <= len(records[name])
    assert len(found) == inside > 20


def test_a_word_in_padding_is_no_site(tmp_path):
    # Ten of twelve letters are more than enough for p.
    data = fasta.read_sequences(_write(tmp_path / "x.fa", {"a": WORD[2:] + "A" * 9, "b": "A" * 60}), 60)
    assert len(scan.scan(data.sequences, [MOTIF], 1e-4, background="uniform")) == 1
    assert len(scan.scan(data, [MOTIF], 1e-4, background="uniform")) == 0


def test_the_shared_records(tmp_path, shared_data):
    folder = shared_data.parent / "cases" / "case02"
    if not folder.is_dir():
        pytest.skip("no such case here")
    data = fasta.read_sequences(folder / "uneven.fa")
    truth = {row[0]: (int(row[1]), int(row[2])) for row in _table(folder / "truth.tsv")}
    text = (folder / "uneven.fa").read_text().split(">")[1:]
    records = {entry.split("\n")[0]: "".join(entry.split("\n")[1:]) for entry in text}
    truth |= {
        k: (int(a), int(b))
        for k, a, b in (x.split("\t") for x in (folder / "truth.tsv").read_text().splitlines())
    }
    words = dna.encode([records[name][start:end] for name, (start, end) in truth.items()])
    ppm = np.asarray(dna.one_hot(words)).mean(axis=0)
    MotifSet([Motif("own", ppm, len(words))]).scan(data, 1e-5).to_sites(tmp_path / "sites.tsv")
    offsets = set()
    for name, start, end, *_ in _table(tmp_path / "sites.tsv"):
        assert 0 <= int(start) < int(end) <= len(records[name])
        offsets.add((int(start) - truth[name][0], int(end) - truth[name][1]))
    assert len(offsets) == 1


def test_positions_in_genome_where_names_count_from_0_and_from_1_on_both_strands(tmp_path):
    rng = np.random.default_rng(1)
    genome = rng.integers(0, 4, 20_000).astype(np.uint8)
    word = dna.encode([WORD])[0]
    records, planted = {}, set()
    for i in range(40):
        start, length = 300 * i + 100, (100, 80, 131)[i % 3]
        place = start + int(rng.integers(20, length - 40))
        genome[place : place + len(WORD)] = word if i % 2 else dna.reverse_complement(word)
        letters = genome[start : start + length]
        name = (f"chr1:{start}-{start + length}", f"chr1:{start + 1}-{start + length}")[i // 2 % 2]
        if i % 5 == 0:
            letters, name = dna.reverse_complement(letters), name + ("(-)" if i % 2 else " strand=-")
        records[name] = dna.decode(letters[None])[0]
        planted.add(("chr1", place, place + len(WORD), "+" if i % 2 else "-"))
    data = fasta.read_sequences(_write(tmp_path / "x.fa", records), 110)
    MotifSet([MOTIF]).scan(data, 1e-6).to_bed(tmp_path / "x.bed")
    lines = [line.split("\t") for line in (tmp_path / "x.bed").read_text().splitlines()]
    found = [(chrom, int(start), int(end), strand) for chrom, start, end, _, _, strand in lines]
    # A few words lie in what was cropped.
    assert set(found) <= planted and len(found) > 35 and found == sorted(found)


def test_what_the_names_do_not_fit_has_no_place(tmp_path):
    records, _ = _records([60] * 3)
    named = dict(zip(("chr1:100-160", "chr2:100-200", "other"), records.values(), strict=True))
    found = MotifSet([MOTIF]).scan(fasta.read_sequences(_write(tmp_path / "x.fa", named)), 1e-6)
    found.to_bed(tmp_path / "x.bed")
    assert len(found.sites) == 3
    assert [line.split("\t")[0] for line in (tmp_path / "x.bed").read_text().splitlines()] == ["chr1"]
    with pytest.raises(ValueError, match="2 of 2 sequences have no coordinates"):
        MotifSet([MOTIF]).scan(
            fasta.read_sequences(_write(tmp_path / "y.fa", dict(list(named.items())[1:]))), 1e-6
        ).to_bed(tmp_path / "x.bed")


@pytest.mark.parametrize(("length", "width"), [(101, 9), (101, 12), (50, 7), (192, 14), (7, 7), (5, 1)])
def test_a_site_at_every_place_is_an_even_density(length, width):
    n, starts = 3, np.arange(length - width + 1)
    rows = Rows([f"s{i}" for i in range(n)], length)
    sites = scan.Sites(
        np.repeat(np.arange(n), len(starts)),
        np.tile(starts, n),
        np.tile(starts, n) + width,
        *[np.zeros(n * len(starts))] * 4,
    )
    density = places.densities(sites, rows, width, 40)
    assert len(density) <= 40 and set(density[density > 0]) == {1.0}
    # The middles of words of this width lie between half of it from either end.
    edges = np.linspace(0, length, len(density) + 1)
    middles = starts + width / 2
    bins = np.minimum(np.searchsorted(edges, middles, side="right") - 1, len(density) - 1)
    np.testing.assert_array_equal(density > 0, np.isin(np.arange(len(density)), bins))


def test_densities_by_a_plain_loop_with_padding():
    rng = np.random.default_rng(0)
    length, width, n = 61, 6, 40
    offset, record = rng.integers(-20, 20, n), rng.integers(5, 90, n)
    rows = Rows([f"s{i}" for i in range(n)], length, offset=offset, record_length=record)
    possible = [
        (i, s)
        for i in range(n)
        for s in range(length - width + 1)
        if 0 <= s + offset[i] and s + width + offset[i] <= record[i]
    ]
    chosen = [place for place in possible if rng.random() < 0.3]
    sequence, start = np.array(chosen).T
    sites = scan.Sites(sequence, start, start + width, *[np.zeros(len(start))] * 4)
    assert len(places.off_padding(sites, rows)) == len(sites)
    density = places.densities(sites, rows, width, 10)
    bin_of = lambda s: min(int((s + width / 2) / length * len(density)), len(density) - 1)
    for k, value in enumerate(density):
        inside = sum(bin_of(s) == k for _, s in possible)
        assert value == pytest.approx(sum(bin_of(s) == k for _, s in chosen) / inside if inside else 0)
