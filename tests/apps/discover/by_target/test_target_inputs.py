"""Tables of loci and signals with a genome, against letters and arrays by hand; what is asked and refused."""

import dataclasses

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli, launch
from jaxmotif.apps.discover import reading
from jaxmotif.apps.discover.by_target import inputs
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.files import bigwig

RNG = np.random.default_rng(0)
LENGTHS = {f"chr{i + 1}": 20_000 for i in range(6)}
GENOME = {name: RNG.integers(0, 4, size).astype(np.uint8) for name, size in LENGTHS.items()}
ROWS = 240


@pytest.fixture(scope="module", name="folder")
def fixture_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    text = "".join(f">{name}\n{dna.decode(codes[None])[0]}\n" for name, codes in GENOME.items())
    (folder / "genome.fa").write_text(text)
    chrom = [f"chr{row % 6 + 1}" for row in range(ROWS)]
    start = [200 + 480 * (row // 6) for row in range(ROWS)]
    loci = list(zip(chrom, start, [s + 100 for s in start], strict=True))
    values = RNG.normal(3, 1, (ROWS, 2)).round(3)
    rows = [("chrom", "start", "end", "liver", "brain", "weight")]
    rows += [(*loci[row], *own, 1 + row % 2) for row, own in enumerate(values.tolist())]
    rows.append(("chr1", 19_950, 20_050, 1.5, 2.5, 1))  # beyond the end
    rows.append(("chr9", 5, 105, 1.5, 2.5, 1))
    (folder / "table.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    (folder / "peaks.bed").write_text("".join("\t".join(map(str, locus)) + "\n" for locus in loci))
    signal = {name: RNG.random(size).astype(np.float32) for name, size in LENGTHS.items()}
    del signal["chr6"]
    names = np.array(list(signal))
    bigwig.write_bigwig(
        folder / "a.bw",
        dict.fromkeys(names, 20000),
        names,
        np.zeros(5, int),
        np.stack(list(signal.values())),
    )
    return folder, loci, values, signal


def settings_of(folder, name, **fields):
    return Settings(sequences=str(folder / name), genome=str(folder / "genome.fa"), database="", **fields)


def test_loci_get_their_letters_and_their_own_values(folder):
    folder, loci, values, _ = folder
    settings = settings_of(folder, "table.tsv")
    given = inputs.read(settings, inputs.opened(settings))
    assert given.kind == "regression" and given.data.targets == ("liver", "brain")
    assert given.said == (
        "table.tsv: 240 sequences of 100 nt",
        "2 targets, real values (regression): liver, brain (by what the columns hold; --task says "
        "otherwise); "
        "weighted",
    )
    assert len(given.data) == ROWS
    row_of = {f"{chrom}:{start}-{end}": row for row, (chrom, start, end) in enumerate(loci)}
    rows = [row_of[name] for name in given.data.names]
    assert sorted(rows) == list(range(ROWS))
    for place, row in enumerate(rows):
        chrom, start, end = loci[row]
        np.testing.assert_array_equal(given.data.sequences[place], GENOME[chrom][start:end])
    np.testing.assert_array_equal(given.data.labels, values[rows].astype(np.float32))
    np.testing.assert_array_equal(given.data.weights, 1 + np.array(rows) % 2)
    told = " ".join(given.data.notes)
    assert "1 of 242 intervals lie on chromosomes that genome.fa does not have (chr9)" in told
    assert "1 of 241 windows of 100 nt reach beyond the end" in told
    splits = inputs.divide(given, settings)
    assert sum(map(len, splits.parts)) == ROWS and splits.test.weights is not None
    assert {name.split(":")[0] for name in splits.test.names}.isdisjoint(
        name.split(":")[0] for name in splits.train.names
    )


def test_chromosome_sizes_leave_out_what_lies_beyond(folder, tmp_path):
    folder, *_ = folder
    (tmp_path / "s.sizes").write_text(
        "".join(f"chr{i}\t{19_000 if i == 1 else 20_000}\n" for i in range(1, 7))
    )
    settings = settings_of(folder, "table.tsv", chrom_sizes=str(tmp_path / "s.sizes"))
    given = inputs.read(settings, inputs.opened(settings))
    told = " ".join(given.data.notes)
    assert "s.sizes and genome.fa differ in the length of 1 chromosomes (chr1: 19,000 and 20,000 nt)" in told
    assert "table.tsv: 1 of 242 intervals lie on chromosomes that s.sizes does not have" in told
    assert "2 of 242 intervals reach beyond the ends of chromosomes in s.sizes" in told
    assert given.inputs["chrom_sizes"]["bytes"] == (tmp_path / "s.sizes").stat().st_size
    # Also of peaks, in the way that discover has for them.
    peaks = settings_of(folder, "peaks.bed", chrom_sizes=str(tmp_path / "s.sizes"), background="shuffle")
    assert len(reading.read(peaks).data) == ROWS - 1


def test_signals_are_summed_in_the_windows(folder):
    folder, loci, _, signal = folder
    settings = settings_of(folder, "peaks.bed", signal=(f"liver={folder / 'a.bw'}",), length=60)
    given = inputs.read(settings, inputs.opened(settings))
    assert given.kind == "regression" and given.data.targets == ("liver",) and given.data.length == 60
    assert "log(1 + x) of sums of the signal in the window" in given.said[1]
    row_of = {f"{chrom}:{start + 20}-{start + 80}": (chrom, start + 20) for chrom, start, _ in loci}
    places = [row_of[name] for name in given.data.names]
    sums = [signal[chrom][start : start + 60].sum() for chrom, start in places]
    np.testing.assert_allclose(given.data.labels[:, 0], np.log1p(sums), rtol=1e-5)
    told = " ".join(given.data.notes)
    assert "a.bw: 40 of 240 windows lie on chromosomes that it does not have; their signal is unknown" in told
    assert "40 of 240 sequences without any known target were left out" in told
    counted = inputs.read(dataclasses.replace(settings, task="counts"), inputs.opened(settings))
    np.testing.assert_allclose(counted.data.labels[:, 0], sums, rtol=1e-5)
    assert counted.kind == "counts" and counted.inputs["signal liver"]["file"].endswith("a.bw")
    with pytest.raises(ValueError, match="two signals are called 'a'"):
        two = dataclasses.replace(settings, signal=(str(folder / "a.bw"),) * 2)
        inputs.read(two, inputs.opened(two))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"negatives": "n.fa"}, "negatives does not go with a table of targets"),
        ({"objective": "both"}, "objective 'both' does not go with targets"),
        ({"background": "shuffle"}, "background=shuffle does not go with a table"),
        ({"attributions": True}, "attributions are of positives"),
        ({"targets": ("heart",)}, r"has no column 'heart'; it has: liver, brain"),
        ({"genome": ""}, r"holds loci: give the genome"),
        ({"task": "counts", "targets": ("liver",), "length": 60}, ""),
    ],
)
def test_what_does_not_go_with_targets_is_refused(folder, fields, said):
    settings = dataclasses.replace(settings_of(folder[0], "table.tsv"), **fields)
    if not said:
        assert inputs.read(settings, inputs.opened(settings)).kind == "counts"
        return
    with pytest.raises(ValueError, match=said):
        inputs.read(settings, inputs.opened(settings))


def test_rare_targets_are_left_out_and_named(tmp_path):
    rows = [
        (
            f"{dna.decode(RNG.integers(0, 4, (1, 40)).astype(np.uint8))[0]}",
            int(i % 2),
            int(i < 5),
            "NA" if i else 1,
        )
        for i in range(120)
    ]
    text = "seq\ta\trare\tunknown\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows)
    (tmp_path / "t.tsv").write_text(text)
    settings = Settings(sequences=str(tmp_path / "t.tsv"), database="")
    given = inputs.read(settings, inputs.opened(settings))
    assert given.data.targets == ("a",) and "left out as rare" in given.data.notes[-1]
    assert given.data.notes[-1].endswith("with or without it): rare, unknown")
    (tmp_path / "t.tsv").write_text(text.replace("\ta\t", "\tweight\t"))
    with pytest.raises(ValueError, match="no target is left: rare, unknown have fewer than 50"):
        inputs.read(settings, inputs.opened(settings))


def test_the_command_asks_with_one_line(tmp_path, capsys):
    words = dna.decode(RNG.integers(0, 4, (60, 30)).astype(np.uint8))
    rows = [f"{word}\t{i % 3}\n" for i, word in enumerate(words)]
    (tmp_path / "t.tsv").write_text("seq\tlevel\n" + "".join(rows))
    with pytest.raises(SystemExit) as ended:
        launch.run(
            lambda: cli.dispatch(["jaxmotif", "discover", str(tmp_path / "t.tsv"), f"--out={tmp_path}/o"])
        )
    said = capsys.readouterr().err.strip().splitlines()
    assert ended.value.code == launch.BAD_INPUT and len(said) == 1
    assert "3 different whole numbers, 0 to 2: are they classes (--task=multiclass) or counts" in said[0]
    (tmp_path / "x.fa").write_text(">a\nACGT\n")
    with pytest.raises(SystemExit):
        launch.run(lambda: cli.dispatch(["jaxmotif", "discover", str(tmp_path / "x.fa"), "--task=counts"]))
    assert "x.fa is no table of targets" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
