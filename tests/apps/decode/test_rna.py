"""Decoding networks trained on RNA: letters U, one strand, and reverse complements are other motifs."""

import dataclasses
import json
import re

import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.decode import inputs, layer_motifs, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.models.imports import arrays
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from tests.helpers import planted_leaves, sequence_files
from tests.helpers.document import read_page

# A word and what lies on the other strand of it; neither is like the other.
WORD, OTHER = "UGUAAAUAGC", "GCUAUUUACA"
SPEC = NetworkSpec("tiny", 40, 1, (Conv(2, 14, norm="none", bias=True, padding="VALID", dropout=0.0),))
MOTIF = np.eye(4)[dna.encode([WORD])[0]] * 0.88 + 0.03


@pytest.fixture(scope="module")
def network():
    """On RNA; neuron 0 wants 8 letters of the word or more, neuron 1 of its reverse complement."""
    found = Network.from_spec(SPEC, alphabet=dna.RNA)
    kernel = np.zeros((1, 14, 4, 2), np.float32)
    for neuron, word in enumerate((WORD, OTHER)):
        kernel[0, np.arange(2, 12), dna.encode([word])[0], neuron] = 1
    params = found.variables["params"]
    conv = params["conv1"] | {"kernel": jnp.asarray(kernel), "bias": jnp.full((1, 2), -7.0)}
    return dataclasses.replace(found, variables=found.variables | {"params": params | {"conv1": conv}})


@pytest.fixture(scope="module")
def database():
    known = [dataclasses.replace(motif, alphabet=dna.RNA) for motif in sequence_files.random_motifs(30)]
    names = [dataclasses.replace(motif, name=f"M{i}", alt_name="") for i, motif in enumerate(known)]
    return [*names, Motif("PUM", MOTIF, 100, alphabet=dna.RNA)]


def as_dna(motifs):
    return [dataclasses.replace(motif, alphabet=dna.ALPHABET) for motif in motifs]


@pytest.fixture(scope="module")
def written(network, database, tmp_path_factory):
    """Folders of what the command writes of the network, and of the same one if it were of DNA."""
    root, folders = tmp_path_factory.mktemp("rna"), []
    rng = np.random.default_rng(0)
    noise = rng.choice(list("ACGU"), (300, 2, 15))
    texts = [f"{''.join(a)}{WORD if i < 150 else OTHER}{''.join(b)}" for i, (a, b) in enumerate(noise)]
    for alphabet, known in ((dna.RNA, database), (dna.ALPHABET, as_dna(database))):
        folder = root / alphabet
        dataclasses.replace(network, alphabet=alphabet).save(folder / "net")
        meme.write_meme(folder / "known.meme", known)
        letters = [text.replace("U", alphabet[3]) for text in texts]
        fasta = sequence_files.write_fasta(folder / "peaks.fa", letters, [f"r{i}" for i in range(300)])
        rest = [f"--out={folder / 'run'}", f"--database={folder / 'known.meme'}", f"--sequences={fasta}"]
        cli.dispatch(["jaxmotif", "decode", str(folder / "net"), "--layer=1", *rest])
        folders.append(folder / "run" / "layer1")
    return folders


def rows(folder):
    lines = (folder / "tomtom.tsv").read_text().splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]


def test_a_word_and_its_reverse_complement_are_two_motifs(written):
    rna, on_dna = written
    first, second = (meme.read_meme(folder / "motifs.meme") for folder in written)
    assert [(m.name, m.alphabet) for m in first] == [("PUM", dna.RNA), ("novel1", dna.RNA)]
    assert [m.name for m in second] == ["PUM"]
    assert WORD in first[0].consensus and OTHER in first[1].consensus
    assert "strands: +\n" in (rna / "motifs.meme").read_text()
    assert [row["Orientation"] for row in rows(rna)] == ["+"] * len(rows(rna)) != []
    assert all(set(row["Query_consensus"] + row["Target_consensus"]) <= set("ACGU") for row in rows(rna))
    lines = (rna / "syntax.txt").read_text().split("\n")
    assert lines[0] == "neuron 0" and lines[1].startswith("PUM(+)   1 leaf, ")
    assert lines[3] == "neuron 1" and lines[4].startswith("novel1(+)   1 leaf, ")
    assert "PUM(-)" in (on_dna / "syntax.txt").read_text()


def test_files_and_page_have_letters_u(written):
    rna, on_dna = written
    leaves = meme.read_meme(rna / "leaves.meme")
    assert {m.alphabet for m in leaves} == {dna.RNA} and WORD in leaves[0].consensus
    own, other = (decodeds.load(folder / "decoded.npz") for folder in written)
    assert (own.alphabet, other.alphabet) == (dna.RNA, dna.ALPHABET)
    for field in dataclasses.fields(decodeds.Decoded):
        if field.name != "alphabet":
            np.testing.assert_array_equal(getattr(own, field.name), getattr(other, field.name))
    read_page(rna / "report.html")
    text, same_on_dna = ((folder / "report.html").read_text() for folder in written)
    # Files of HOMER have no U.
    (block,) = re.findall(r'-texts">(.*?)</script>', text)
    files = [{**own, "homer": ""} for own in json.loads(block)]
    words = set(
        re.findall(
            r"\b[ACGTUN]{8,}\b", text.replace(block, "\n".join("\n".join(own.values()) for own in files))
        )
    )
    assert len(words) >= 2 and not any("T" in word for word in words)
    assert any("T" in word for word in re.findall(r"\b[ACGTUN]{8,}\b", same_on_dna))
    assert 'class="U"' in text and 'class="T"' not in text and "everse complement" not in text
    assert ">Logo<" in text and "on its one strand" in text and "\u2212)" not in text
    assert "Logo, both strands" in same_on_dna and "on either strand" in same_on_dna
    for page, letters in ((text, "ACGU"), (same_on_dna, "ACGT")):
        block = json.loads(re.search(r'id="layer-data">(.*?)</script>', page)[1])
        assert block["letters"] == letters and list(block["outlines"]) == list(letters)
    assert "compared on one strand" not in text


def test_sites_around_top_regions_are_of_one_strand(written):
    for folder, strands in zip(written, (1, 2), strict=True):
        with np.load(folder / "positions.npz") as found:
            first, second = (found[f"n{neuron}_hits"] for neuron in (0, 1))
        assert first.shape[:2] == second.shape[:2] == (1, strands)
        # 150 sequences hold the word of each neuron: of DNA the second one's is the first's other strand.
        assert first[0, 0].sum() >= 150 and second[0, -1].sum() >= 150
        text = (folder / "report.html").read_text()
        assert ("Dashed: on the other strand" in text) == ("PUM (-)" in text) == (strands == 2)


def test_leaves_of_deeper_layers(database, tmp_path):
    """Leaves with the word at different places, and one with its reverse complement."""
    sites = [[[(MOTIF, 4, "+")], [(MOTIF, 7, "+")]], [[(MOTIF, 5, "-")], []]]
    on_dna = planted_leaves.layer(sites, 25)
    settings = Settings("", database="known.meme")
    read = layer_motifs.read(on_dna, as_dna(database), settings)
    layer = layer_motifs.read(dataclasses.replace(on_dna, alphabet=dna.RNA), database, settings)
    assert len(read.words) == 1 and {strand for *_, strand in read.words[0].members} == {"+", "-"}
    assert [word.name for word in layer.words] == ["PUM", "novel1"]
    assert {strand for word in layer.words for *_, strand in word.members} == {"+"}
    placed = [placement.strand for syntax in layer.syntaxes for placement in syntax.placements]
    assert set(placed) == {"+"} and len(placed) == 3
    pooled = [group.motif for groups in layer.aligned for group in groups]
    assert {motif.alphabet for motif in [*layer.leaves, *pooled, *layer.dictionary]} == {dna.RNA}
    assert WORD in layer.leaves[0].source
    write.write(layer, tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert 'class="U"' in text and 'class="T"' not in text
    for name in ("leaves.meme", "pooled.meme", "motifs.meme"):
        assert "ALPHABET= ACGU\n\nstrands: +\n" in (tmp_path / name).read_text()
    # A database of DNA is compared on one strand too, and the page says so.
    mixed = layer_motifs.read(layer.decoded, as_dna(database), settings)
    assert {hit.strand for word in mixed.words for hit in word.hits} == {"+"}
    write.write(mixed, tmp_path)
    assert (
        "known.meme is of DNA; motifs of RNA are compared on one strand"
        in (tmp_path / "report.html").read_text()
    )


def test_the_alphabet_is_kept_on_disk(tmp_path):
    one = planted_leaves.layer([[[(MOTIF, 4, "+")]]], 20)
    for alphabet in dna.ALPHABETS:
        decodeds.save(tmp_path / "x.npz", dataclasses.replace(one, alphabet=alphabet))
        assert decodeds.load(tmp_path / "x.npz").alphabet == alphabet
        with np.load(tmp_path / "x.npz") as found:
            assert ("alphabet" in found.files) == (alphabet == dna.RNA)


def test_chains_and_files_of_weights_know_it(network, tmp_path):
    assert chain.of(network).alphabet == dna.RNA
    function = Network.from_function(
        lambda variables, x: network.apply(variables, x),
        SPEC.length,
        variables=network.member_variables(0),
        layers={1: network.geometry(1)},
        alphabet=dna.RNA,
    )
    assert chain.of(function).alphabet == dna.RNA
    conv = {name: np.asarray(value) for name, value in network.member_variables(0)["params"]["conv1"].items()}
    order = [dna.RNA.index(letter) for letter in "GAUC"]
    arrays.save(tmp_path / "w.npz", {"conv1": conv | {"kernel": conv["kernel"][:, order]}}, SPEC)
    found, on_dna = (inputs.network(tmp_path / "w.npz", alphabet=letters) for letters in ("GAUC", "GATC"))
    assert (found.alphabet, on_dna.alphabet) == (dna.RNA, dna.ALPHABET)
    for one in (found, on_dna):
        np.testing.assert_array_equal(one.weights[0].kernel, conv["kernel"])
    with pytest.raises(ValueError, match="alphabet must hold each of ACGT once, got 'ACTU'"):
        inputs.network(tmp_path / "w.npz", alphabet="ACTU")
    # Saved by an earlier version, which did not keep it.
    old = dataclasses.replace(network, alphabet=dna.ALPHABET)
    old.save(tmp_path / "old")
    assert inputs.network(tmp_path / "old").alphabet == dna.ALPHABET
    assert inputs.network(tmp_path / "old", alphabet="ACGU").alphabet == dna.RNA
    dataclasses.replace(old, strands="random").save(tmp_path / "both")
    with pytest.raises(ValueError, match="ACGU has one strand"):
        inputs.network(tmp_path / "both", alphabet="ACGU")
