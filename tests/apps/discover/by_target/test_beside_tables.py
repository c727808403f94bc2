"""Tables with a test file of their own, with regions of the genome beside them, and in rounds."""

import dataclasses

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import launch
from jaxmotif.apps.discover.by_target import by_side, contrasts, inputs, networks
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.training.config import ScheduleConfig

RNG = np.random.default_rng(1)
GENOME = {f"chr{i + 1}": RNG.integers(0, 4, 20_000).astype(np.uint8) for i in range(5)}


def read(settings):
    given = inputs.read(settings, inputs.opened(settings))
    return given, inputs.divide(given, settings)


def write(path, head, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in [head, *rows]))
    return str(path)


def random_sequences(count):
    return dna.decode(RNG.integers(0, 4, (count, 40)).astype(np.uint8))


@pytest.mark.parametrize("kind", ["regression", "multiclass"])
def test_a_test_file_is_what_is_held_out(kind, tmp_path):
    train, test = random_sequences(120), random_sequences(30)
    test[0] = train[3]  # a copy, and another strand
    test[1] = "".join("ACGT"["TGCA".index(letter)] for letter in train[7][::-1])
    words = lambda count: [["liver", "brain", "skin"][i % 3] for i in range(count)]
    values = lambda count: RNG.normal(size=count).round(4).tolist()
    made = {"regression": values, "multiclass": words}[kind]
    own, held = made(120), made(30)
    if kind == "multiclass":
        held[4] = "heart"  # which nobody has learned
    path = write(tmp_path / "train.tsv", ("seq", "y", "other"), zip(train, own, own, strict=True))
    # Columns in another order, and a name that both have.
    other = write(tmp_path / "test.tsv", ("other", "y", "seq"), zip(held, held, test, strict=True))
    settings = Settings(sequences=path, test=other, targets=("y",), database="", split="random")
    given, splits = read(settings)
    kept = [i for i in range(30) if kind == "regression" or i != 4]
    assert dna.decode(splits.test.sequences) == [test[i] for i in kept]
    if kind == "regression":
        np.testing.assert_array_equal(splits.test.labels[:, 0], np.float32([held[i] for i in kept]))
    else:
        names = given.data.targets
        assert [names[i] for i in splits.test.labels.argmax(axis=1)] == [held[i] for i in kept]
        assert "1 of 30 sequences say nothing of what is learned" in " ".join(given.test.notes)
    learned = {*dna.decode(splits.train.sequences), *dna.decode(splits.valid.sequences)}
    assert len(learned) == 118 and train[3] not in learned and train[7] not in learned
    assert splits.held_out.startswith("test.tsv; validation: ")
    assert given.said[-1] == f"held out, test.tsv: {len(kept)} sequences"
    assert given.inputs["test"]["sequences"] == len(kept)
    names = [name for part in splits.parts for name in part.names]
    assert len(set(names)) == len(names)
    assert any("are copies, other strands" in note for note in splits.notes)
    with pytest.raises(ValueError, match="has no column 'y'"):
        read(dataclasses.replace(settings, test=write(tmp_path / "o.tsv", ("seq", "z"), [(test[0], 1.5)])))


@pytest.fixture(scope="module", name="loci")
def fixture_loci(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loci")
    text = "".join(f">{name}\n{dna.decode(codes[None])[0]}\n" for name, codes in GENOME.items())
    (folder / "g.fa").write_text(text)
    rows = [
        (name, 300 + 1500 * i, 400 + 1500 * i, i % 2, (i // 2 + 1) % 2) for name in GENOME for i in range(13)
    ]
    head = ("chrom", "start", "end", "liver", "brain")
    path = write(folder / "table.tsv", head, rows[5:])
    test = write(folder / "test.tsv", head, [("chr1", 9_100, 9_200, 1, 0)])
    return Settings(
        sequences=path, test=test, genome=str(folder / "g.fa"), background="genome", database=""
    ), rows


def test_regions_of_the_genome_are_negatives_of_all_labels(loci):
    settings, rows = loci
    given, splits = read(settings)
    data, labels = given.data, given.data.labels
    none = labels.sum(axis=1) == 0
    own = rows[5:]
    count = sum(row[3] + row[4] > 0 for row in own)
    # Loci without any label stay as they are, and need no region like them.
    assert none[: len(own)].sum() == len(own) - count and none[len(own) :].all()
    assert len(data) - len(own) == pytest.approx(count, abs=2)
    places = [(row[0], row[1] - 200, row[2] + 200) for row in rows[5:]] + [("chr1", 8_900, 9_400)]
    for row in range(len(own), len(data)):
        chrom, start = data.chrom[row], int(data.start[row])
        np.testing.assert_array_equal(data.sequences[row], GENOME[chrom][start : start + 100])
        assert not any(c == chrom and start < end and begin < start + 100 for c, begin, end in places)
    assert len(given.test) == 2 and given.test.labels.tolist() == [[1, 0], [0, 0]]
    assert "negatives: " in given.said[-2] and "regions of the genome without any label" in given.said[-2]
    assert given.inputs["negatives"]["letters"] != given.inputs["sequences"]["letters"]
    assert len(splits.test) == 2


def test_regions_are_for_labels_of_loci(loci, tmp_path):
    settings, rows = loci
    settings = dataclasses.replace(settings, test="")
    values = [(*row[:3], i + 0.5) for i, row in enumerate(rows)]
    path = write(tmp_path / "v.tsv", ("chrom", "start", "end", "y"), values)
    with pytest.raises(ValueError, match="adds regions without any label; targets here are real"):
        read(dataclasses.replace(settings, sequences=path))
    rows = [(text, i % 2, i // 2 % 2) for i, text in enumerate(random_sequences(120))]
    path = write(tmp_path / "s.tsv", ("seq", "a", "b"), rows)
    with pytest.raises(ValueError, match="holds sequences: no --genome is needed"):
        read(dataclasses.replace(settings, sequences=path))


def test_one_line_and_exit_code(loci, tmp_path, capsys):
    from jaxmotif.apps import cli

    values = [(*row[:3], i + 0.5) for i, row in enumerate(loci[1])]
    path = write(tmp_path / "v.tsv", ("chrom", "start", "end", "y"), values)
    flags = [f"--genome={loci[0].genome}", "--background=genome", f"--out={tmp_path / 'out'}"]
    with pytest.raises(SystemExit) as stop:
        launch.run(lambda: cli.dispatch(["jaxmotif", "discover", path, *flags]))
    error = capsys.readouterr().err.splitlines()
    assert stop.value.code == 2 and len(error) == 1 and "regions without any label" in error[0]
    assert not (tmp_path / "out").exists()


WORDS = ("TGACTCATTA", "CCGGAAGTAT")


def test_later_rounds_learn_what_no_side_explains(tmp_path, monkeypatch):
    """Random letters stand in the place of the words of both targets, in all parts, for all targets."""
    codes, has = RNG.integers(0, 4, (400, 50)).astype(np.uint8), RNG.random((400, 2)) < 0.5
    for row, word in np.argwhere(has):
        codes[row, 5 + 20 * word : 15 + 20 * word] = dna.encode([WORDS[word]])[0]
    whole = Dataset(codes, has.astype(np.float32), targets=("a", "b"))
    splits = Splits(whole[:240], whole[240:320], whole[320:])
    spec = NetworkSpec("tiny", 50, 2, (Conv(4, 8, pool=8),))
    network = Network.from_spec(spec, classes=("a", "b"))
    trained, seen = networks.Trained(network, [], ScheduleConfig(), ()), []

    def train(left, place):
        seen.append((left, place))
        return trained

    # These networks have learned nothing, so they would end the search.
    monkeypatch.setattr(by_side.rounds, "knows_more", lambda learner, left: True)
    settings = Settings(database="", rounds=2, readings=("words",))
    sides, _ = contrasts.contrasts("multilabel", splits)
    (tmp_path / "round_4").mkdir()
    found = by_side.search(train, trained, "multilabel", settings, splits, sides, tmp_path)
    # Words of both targets are found in the first round, whatever the networks know.
    first = [[one.motif.consensus for one in own[0].taken] for own in found]
    strands = lambda word: (word, "".join("ACGT"["TGCA".index(letter)] for letter in word[::-1]))
    for target, texts in enumerate(first):
        assert any(strand[2:8] in text for text in texts for strand in strands(WORDS[target]))
    left, place = seen[0]
    assert place == tmp_path / "round_2" and (place / "sequences.json").is_file()
    assert not (tmp_path / "round_4").exists()
    for part, old in zip(left.parts, splits.parts, strict=True):
        assert not any(word in text for text in dna.decode(part.sequences) for word in WORDS)
        np.testing.assert_array_equal(part.labels, old.labels)
