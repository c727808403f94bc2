"""The dashboard of networks trained on RNA: letters U and one strand."""

import dataclasses
import json
import re

import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.dashboard import build, class_motifs, figure, inputs, page, sequences
from jaxmotif.apps.dashboard import run as runs
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.motifs import jaspar
from tests.helpers import example_dashboard
from tests.helpers.document import read_page

SITE = "UGACUCAG"
TURNED = "CUGAGUCA"  # what stands on the other strand
SHOWN = ["GG" * 5 + SITE + "GG" * 6, "GG" * 5 + TURNED + "GG" * 6]


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    return example_dashboard.make(tmp_path_factory.mktemp("rna"), dna.RNA)


def read(folder):
    text = (folder / "dashboard.html").read_text()
    return text, json.loads(re.search(r'id="data">(.*?)</script>', text)[1])


def test_page_and_figure_have_letters_u_and_one_strand(made, tmp_path, monkeypatch):
    run, database = made
    drawn, draw_logo = [], figure.draw_logo

    def recorded(*arguments, **options):
        drawn.append(options.get("alphabet"))
        return draw_logo(*arguments, **options)

    monkeypatch.setattr(figure, "draw_logo", recorded)
    fasta = tmp_path / "own.fa"
    fasta.write_text("".join(f">s{i}\n{text}\n" for i, text in enumerate(SHOWN)))
    cli.dispatch(
        example_dashboard.arguments(run, database, f"--sequence={fasta}", f"--out={tmp_path}", "--format=svg")
    )
    read_page(tmp_path / "dashboard.html")
    text, data = read(tmp_path)
    assert [shown["letters"] for shown in data["sequences"]] == SHOWN
    # One site; its reverse complement is another word.
    assert [shown["boxes"] for shown in data["sequences"]] == [[[10, 18, "+", 0, 0]], []]
    assert data["motifs"] == ["M9 Factor1::TF7"]
    # The logo of the known motif, from a database of DNA; class motifs of so few updates may have none.
    assert text.count('class="logo"') >= 1 and text.count('class="U"') >= 1 and 'class="T"' not in text
    assert len(drawn) >= 4 and set(drawn) == {dna.RNA}


def test_held_out_sequences_are_shown_as_they_are(made):
    data = sequences.read(made[0], "chr1:3", example_dashboard.LENGTH, 2).data
    assert data.alphabet == dna.RNA and list(data.names) == ["chr1:3", "chr1:0"]
    trained = inputs.networks(made[0], ["CNN-small"])
    found = build.build(trained, data, Boxed(), build.View(methods=("saliency",), class_steps=0))
    assert found.alphabet == dna.RNA
    assert [shown.letters for shown in found.sequences] == dna.decode(data.sequences, dna.RNA)
    assert all("T" not in shown.letters and SITE in shown.letters for shown in found.sequences)


def test_either_networks_or_sequences_say_so(made):
    view = build.View(factor="FACTOR1", database=str(made[1]), methods=("saliency",), class_steps=0)
    rna = inputs.networks(made[0])[0].network
    as_dna = dataclasses.replace(rna, alphabet=dna.ALPHABET)
    letters = jm.Dataset.from_strings([text.replace("U", "T") for text in SHOWN])
    for network, data, expected in (
        (rna, letters, dna.RNA),
        (as_dna, jm.Dataset.from_strings(SHOWN), dna.RNA),
        (as_dna, letters, dna.ALPHABET),
    ):
        found = runs.dashboard({"net": network}, data, view)
        assert found.alphabet == expected
        assert [shown.letters for shown in found.sequences] == dna.decode(data.sequences, expected)
        strands = [[box.strand for box in shown.boxes] for shown in found.sequences]
        assert strands == ([["+"], []] if expected == dna.RNA else [["+"], ["-"]])
        assert {motif.alphabet for motif in found.known} == {expected}
        assert ('class="T"' in page.render(found)) == (expected == dna.ALPHABET)
    with pytest.raises(ValueError, match="networks for different alphabets, ACGT and ACGU"):
        runs.dashboard({"a": rna, "b": as_dna}, letters, view)
    # The database itself is as it was.
    assert {motif.alphabet for motif in jaspar.database(made[1])} == {dna.ALPHABET}


def test_class_motifs_are_of_the_networks_alphabet(made):
    one = inputs.networks(made[0])[0]
    config = ClassConfig(steps=2, starts=1)
    first, again = (class_motifs.stored(one.folder, one.network, "bound", config) for _ in range(2))
    assert first.alphabet == again.alphabet == dna.RNA and set(first.consensus) <= set("ACGU")
    np.testing.assert_array_equal(first.ppm, again.ppm)
    assert jm.class_motif(one.network, "bound", config).consensus == first.consensus
