"""`jaxmotif dashboard`: what it computes, what it writes, and one line for bad input."""

import functools
import json
import re
import shutil
import types

import jax
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.dashboard import build, class_motifs, figure, inputs, page, sequences
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.interpret import attribution, class_motif, class_optimization
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models import forward, zoo
from jaxmotif.models.imports import arrays
from jaxmotif.motifs import jaspar
from jaxmotif.objectives.objective import Objective
from jaxmotif.training import loop
from tests.helpers import compiled, example_dashboard, small_run
from tests.helpers.document import read_page


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    return example_dashboard.make(tmp_path_factory.mktemp("dashboard"))


@pytest.fixture(scope="module", name="built")
def fixture_built(made):
    run, database = made
    trained = inputs.networks(run)
    data = sequences.read(run, "", example_dashboard.LENGTH, 4).data
    known = inputs.known_motifs(jaspar.database(database), "factor1")
    return build.build(
        trained,
        data,
        Boxed(known),
        build.View(factor="FACTOR1", methods=("saliency", "signed", "temporal"), class_steps=0),
    )


def test_scores_are_the_mean_over_members_and_strands(made):
    one = inputs.networks(made[0])[0].network
    x = dna.one_hot(np.random.default_rng(1).integers(0, 4, (3, example_dashboard.LENGTH)).astype(np.uint8))
    predict = jax.jit(functools.partial(forward.predict, one.spec))
    expected = np.mean(
        [
            predict(v, y)[:, 0]
            for v in map(one.member_variables, range(len(one)))
            for y in (x, x[:, ::-1, ::-1])
        ],
        axis=0,
    )
    np.testing.assert_allclose(jax.jit(one.score())(x), expected, atol=1e-6)
    log_p = jax.jit(one.log_probabilities())(x)
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1, atol=1e-6)


def test_evidence_is_that_of_the_networks(made, built):
    one = next(n for n in inputs.networks(made[0]) if n.name == "CNN-RNN-small")
    codes = dna.encode([shown.letters for shown in built.sequences])
    logit = jax.jit(one.network.score())
    values = attribution.attribute(logit, codes, "signed")
    chance = jax.nn.sigmoid(logit(dna.one_hot(codes)))
    for row, shown in enumerate(built.sequences):
        np.testing.assert_allclose(shown.strips["signed"][one.name], values[row], atol=1e-6)
        assert shown.scores[one.name] == pytest.approx(float(chance[row]), abs=1e-6)
        forward, backward = shown.temporal[one.name]
        # The whole sequence is the last prefix and the first suffix.
        assert forward[-1] == pytest.approx(float(chance[row]), abs=1e-5)
        assert backward[0] == pytest.approx(float(chance[row]), abs=1e-5)
        assert (shown.boxes[0].start, shown.boxes[0].end) == (11, 19)
    assert "CNN-small" not in built.sequences[0].temporal


def test_the_other_class_turns_signs(made):
    run, database = made
    trained = inputs.networks(run)
    data = sequences.read(run, "", example_dashboard.LENGTH, 1).data
    found = [
        build.build(
            trained,
            data,
            Boxed(),
            build.View(factor="F", methods=("signed", "temporal"), class_name=name, class_steps=0),
        )
        for name in ("bound", "unbound")
    ]
    bound, unbound = (one.sequences[0] for one in found)
    for name in example_dashboard.NETWORKS:
        np.testing.assert_allclose(bound.strips["signed"][name], -unbound.strips["signed"][name], atol=1e-6)
        assert bound.scores[name] + unbound.scores[name] == pytest.approx(1, abs=1e-5)
    forward = bound.temporal["CNN-RNN-small"][0] + unbound.temporal["CNN-RNN-small"][0]
    np.testing.assert_allclose(forward, 1, atol=1e-5)


def test_class_motifs_are_kept(made):
    run, _ = made
    one = inputs.networks(run)[0]
    config = ClassConfig(steps=3, starts=2)
    first = class_motifs.stored(one.folder, one.network, "bound", config)
    again = class_motifs.stored(one.folder, one.network, "bound", config)
    assert first.width == example_dashboard.LENGTH and "log p" in first.source
    assert np.array_equal(first.ppm, again.ppm) and first.source == again.source
    # Other weights in the same folder have motifs of their own.
    other = class_motifs.stored(one.folder, inputs.networks(run)[1].network, "bound", config)
    assert not np.array_equal(other.ppm, first.ppm)
    assert class_motif.window(first, 7).width == 7


def test_class_motifs_come_from_the_trainer(made, monkeypatch):
    calls = []

    def train(objective, *arguments, **options):
        calls.append(objective)
        return loop.train(objective, *arguments, **options)

    monkeypatch.setattr(
        class_optimization, "loop", types.SimpleNamespace(train=train, Members=loop.Members, Run=loop.Run)
    )
    one = next(n.network for n in inputs.networks(made[0]) if n.name == "CNN-small")
    for steps in (1, 101, 130):
        motifs = class_optimization.class_motifs(
            one, ["bound", "unbound"], ClassConfig(steps=steps, starts=1), quiet=True
        )
        assert set(motifs) == {"bound", "unbound"}
    assert len(calls) == 3 and all(isinstance(objective, Objective) for objective in calls)


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_figures(built, tmp_path, ending):
    figure.dashboard_figure(tmp_path / f"f.{ending}", built, 1, "signed")
    start = (tmp_path / f"f.{ending}").read_bytes()[:300]
    assert {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<svg"}[ending] in start.replace(b"<!DOCTYPE svg", b"")
    with pytest.raises(ValueError, match="no method 'integrated' on this dashboard"):
        figure.dashboard_figure(tmp_path / "x.png", built, 0, "integrated")
    with pytest.raises(ValueError, match="no sequence 4"):
        figure.dashboard_figure(tmp_path / "x.png", built, 4)


def _data(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', text)[1])


def test_the_page_holds_the_values(built):
    text = page.render(built)
    data = _data(text)
    shown = built.sequences[2]
    values = example_dashboard.unpacked(data["sequences"][2]["strips"]["signed"]["CNN-small"])
    given = shown.strips["signed"]["CNN-small"]
    np.testing.assert_allclose(values, given, atol=3e-4 * np.abs(given).max())
    assert data["sequences"][2]["letters"] == shown.letters
    # Nothing is loaded from anywhere: the one link out of the text is the icon inside the page.
    links = [link for link in re.findall(r'\b(?:src|href)="([^"]*)"', text) if link[:1] != "#"]
    assert len(links) == 1 and links[0].startswith("data:image/svg+xml,") and "@import" not in text


def test_the_command_writes_page_and_figure(made, tmp_path, capsys):
    run, database = made
    name = "chr1:3"
    cli.dispatch(
        example_dashboard.arguments(run, database, f"--sequence={name}", f"--out={tmp_path}", "--format=svg")
    )
    assert "<svg" in (tmp_path / "chr1_3.svg").read_text()
    read_page(tmp_path / "dashboard.html")
    assert "page: " in capsys.readouterr().out
    fasta = tmp_path / "own.fa"
    fasta.write_text(">mine\n" + "ACGTA" * 6 + "\n")
    cli.dispatch(
        example_dashboard.arguments(
            run, database, f"--sequence={fasta}", f"--out={tmp_path}", "--networks=CNN-small"
        )
    )
    assert (tmp_path / "mine.png").read_bytes().startswith(b"\x89PNG")


def test_files_of_other_programs_are_shown(tmp_path, capsys):
    spec = zoo.get("CNN-25 (4)", length=30, outputs=2)
    weights = compiled.weights(spec)
    layers = {name: dict(group) for name, group in weights["params"].items()}
    for name, group in weights["batch_stats"].items():
        layers[name] |= group
    file, fasta, out = tmp_path / "net.npz", tmp_path / "own.fa", tmp_path / "out"
    arrays.save(file, layers, spec)
    fasta.write_text(">mine\n" + "ACGTA" * 6 + "\n")
    options = [f"--sequence={fasta}", f"--out={out}", "--format=svg", "--class_steps=2"]
    cli.dispatch(["", "dashboard", str(file), "--methods=rescale", "--class=output2", *options])
    text = (out / "dashboard.html").read_text()
    read_page(out / "dashboard.html")
    assert "output2 is shown; --class shows another one: output1" in text
    assert "Rescale (DeepLIFT/SHAP)" in text and "own.fa" in text and "were held out" not in text
    assert "<svg" in (out / "mine.svg").read_text()
    assert capsys.readouterr().out.endswith(f"page: {out / 'dashboard.html'}\n")
    # Loci: 30 letters around the middle of each, on its strand.
    genome, bed = tmp_path / "g.fa", tmp_path / "own.bed"
    chromosome = small_run.letters(200)
    small_run.write_fasta(genome, {"chr1": chromosome})
    bed.write_text("chr1\t50\t60\ta\t0\t+\nchr1\t100\t110\tb\t0\t-\nchr1\t0\t5\tc\t0\t+\n")
    cli.dispatch(["", "dashboard", str(file), f"--sequence={bed}", f"--genome={genome}", *options[1:]])
    text = (out / "dashboard.html").read_text()
    other_strand = chromosome[90:120][::-1].translate(str.maketrans("ACGT", "TGCA"))
    shown = [one["letters"] for one in _data(text)["sequences"]]
    assert shown == [chromosome[40:70], other_strand]
    assert "1 of 3 windows of 30 nt reach beyond the end of a chromosome" in text
    with pytest.raises(ValueError, match="say where to write, --out=DIR"):
        cli.dispatch(["", "dashboard", str(file), options[0]])
    with pytest.raises(ValueError, match="a file has no held-out sequences; give a FASTA .* or loci and"):
        cli.dispatch(["", "dashboard", str(file), options[1]])
    with pytest.raises(ValueError, match="has no class 'bound2'; it has: output1, output2"):
        cli.dispatch(["", "dashboard", str(file), "--class=bound2", *options])


def test_runs_are_found_and_strangers_names_do_no_harm(made, tmp_path, capsys):
    run, database = made
    outer = tmp_path / "outer"
    shutil.copytree(run, outer / "FACTOR9_x")
    assert inputs.experiment_folder(str(outer)) == outer / "FACTOR9_x"
    fasta = tmp_path / "was_cropped_and_padded.fa"
    fasta.write_text(">" + "long $^$ name " * 20 + "\n" + "ACGTN" * 6 + "\n")
    # No motif is known under the run's own name, which nobody has asked for.
    cli.dispatch(
        example_dashboard.arguments(
            outer, database, f"--sequence={fasta}", f"--out={tmp_path}", "--format=svg,png"
        )
    )
    assert "no motif of 'FACTOR9' in the database" in capsys.readouterr().err
    assert len(list(tmp_path.glob("long*.svg"))) == len(list(tmp_path.glob("long*.png"))) == 1
    with pytest.raises(ValueError, match="is neither a file nor one of"):
        cli.dispatch(example_dashboard.arguments(run, database, "--sequence=" + "A" * 300))


def test_bad_input_is_one_clear_line(made, tmp_path):
    run, database = made
    other, mixed = tmp_path / "other.fa", tmp_path / "mixed.fa"
    other.write_text(">mine\nACGTACGT\n")
    mixed.write_text(">a\n" + "ACGTA" * 6 + "\n>b\n" + "ACGTA" * 6 + "\n>c\nACGT\n")
    (tmp_path / "empty").mkdir()
    cases = [
        ([f"--sequence={other}"], "sequences of 8 nt, the networks read 30"),
        ([f"--sequence={mixed}"], "padded with N; the networks read 30 nt"),
        (["--genome=g.fa"], "with --genome, --sequence is a file of loci"),
        (["--sequence=chr7:1"], "'chr7:1' is neither a file nor one of the 6 sequences"),
        (["--factor=FACTOR2"], "no motif of 'FACTOR2' in the database"),
        (["--networks=CNN-small", "--methods=temporal"], "CNN-small has no time steps"),
        (["--networks=RNN-small"], "has no network 'RNN-small'; it has: CNN-RNN-small, CNN-small"),
        (["--class=open"], "has no class 'open'; it has: bound, unbound"),
        (["--methods=lime"], "unknown method 'lime'"),
        (["--format=gif"], "unknown format 'gif'"),
    ]
    for more, message in cases:
        with pytest.raises(ValueError, match=re.escape(message)):
            cli.dispatch(example_dashboard.arguments(run, database, *more))
    with pytest.raises(ValueError, match="holds no trained networks"):
        cli.dispatch(["jaxmotif", "dashboard", str(tmp_path / "empty")])
    with pytest.raises(ValueError, match="no such run directory"):
        cli.dispatch(["jaxmotif", "dashboard", str(tmp_path / "none")])
    with pytest.raises(ValueError, match="wants one run directory or file, got 0"):
        cli.dispatch(["jaxmotif", "dashboard"])


def test_several_experiments_are_to_be_chosen_from(made, tmp_path):
    one = inputs.networks(made[0])[0].network
    for name in ("A", "B"):
        one.save(tmp_path / name / "net")
    with pytest.raises(ValueError, match="several experiments, name one: A, B"):
        inputs.experiment_folder(str(tmp_path))
