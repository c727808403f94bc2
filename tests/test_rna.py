"""RNA: letters U, one strand, no reverse complements, from the file to the page."""

import dataclasses

import jax
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.data import prepare, splits
from jaxmotif.data.dataset import concatenate
from jaxmotif.data.files import archive, fasta, held_out
from jaxmotif.data.judge import groups
from jaxmotif.interpret import class_motif, filter_motifs, filters
from jaxmotif.models import zoo
from jaxmotif.motifs import align, logo, merge
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import motif_table
from jaxmotif.training import fit as fits
from jaxmotif.training.config import TrainConfig

SITE = "UGUAAAUAGC"


def _motif(name, letters, alphabet=dna.RNA):
    return Motif(name, np.eye(4)[dna.encode([letters])[0]] * 0.88 + 0.03, 50, alphabet=alphabet)


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("ACGU"), 40)) for _ in range(60)]


def _other(letters):
    return dna.decode(dna.reverse_complement(dna.encode([letters])))[0]


def test_files_with_u_and_no_t_are_rna(tmp_path, texts):
    def read(letters):
        (tmp_path / "x.fa").write_text("".join(f">r{i}\n{text}\n" for i, text in enumerate(letters)))
        return fasta.read_sequences(tmp_path / "x.fa")

    data = read(texts)
    assert data.alphabet == dna.RNA and not data.has_complement and data.notes == ()
    assert dna.decode(data.sequences, data.alphabet) == texts
    assert read([text.replace("U", "t") for text in texts]).alphabet == dna.ALPHABET
    mixed = read([*texts[1:], texts[0].replace("U", "T")])
    assert mixed.alphabet == dna.ALPHABET and "--rna" in mixed.notes[0]


def test_the_alphabet_goes_where_the_sequences_go(tmp_path, texts):
    data = jm.Dataset.from_strings(texts)
    assert data.alphabet == dna.RNA and data[3:9].alphabet == dna.RNA
    pairs = prepare.with_negatives(data)
    assert pairs.alphabet == dna.RNA and pairs.positives.alphabet == dna.RNA
    parts = splits.split(pairs, 0)
    archive.save(tmp_path / "x.npz", parts)
    assert archive.load(tmp_path / "x.npz")[0].test.alphabet == dna.RNA
    held_out.write(tmp_path, parts.test)
    letters = (tmp_path / held_out.NAME).read_text()
    assert fasta.read_sequences(tmp_path / held_out.NAME).alphabet == dna.RNA and "T\n" not in letters
    with pytest.raises(ValueError, match="ACGU and of ACGT cannot be put together"):
        concatenate([data, dataclasses.replace(data, alphabet=dna.ALPHABET)])
    with pytest.raises(ValueError, match="must be ACGT or ACGU, not 'ACGX'"):
        dataclasses.replace(data, alphabet="ACGX")


def test_networks_are_trained_on_one_strand(texts):
    labels = np.arange(60) % 2
    net = jm.fit((texts, labels), "CNN-25 (4)", seeds=1, epochs=1, quiet=True, strands="random")
    other = jm.fit((dna.encode(texts), labels), "CNN-25 (4)", seeds=1, epochs=1, quiet=True, strands="random")
    assert net.strands == "given" and other.strands == "random"
    assert (net.alphabet, other.alphabet) == (dna.RNA, dna.ALPHABET)


def test_a_network_knows_its_alphabet(texts):
    spec = zoo.get("CNN-25 (4)", length=40, outputs=1)
    net = jm.Network.from_spec(spec, members=2, alphabet=dna.RNA)
    for one in (net, net.member(1), net.take([1, 0]), dataclasses.replace(net, classes=("bound",))):
        assert one.alphabet == dna.RNA
    # Also through transformations, which take it apart and put it together.
    assert jax.tree.map(lambda leaf: leaf + 1, net).alphabet == dna.RNA
    function = lambda x_bl4: (x_bl4.sum((1, 2))[:, None], {})
    assert jm.Network.from_function(function, 40, alphabet=dna.RNA).alphabet == dna.RNA
    assert jm.Network.from_function(function, 40).alphabet == jm.Network.from_spec(spec).alphabet == "ACGT"
    with pytest.raises(ValueError, match="must be ACGT or ACGU, not 'ACGX'"):
        dataclasses.replace(net, alphabet="ACGX")
    for make in (
        lambda: dataclasses.replace(net, strands="random"),
        lambda: jm.Network.from_spec(spec, strands="random", alphabet=dna.RNA),
        lambda: jm.Network.from_function(function, 40, strands="random", alphabet=dna.RNA),
    ):
        with pytest.raises(ValueError, match="ACGU has one strand, so strands must be 'given'"):
            make()


def test_networks_without_labels_and_with_weights_know_it_too(texts, tmp_path):
    quick = dict(seeds=1, epochs=1, quiet=True)
    weighted = jm.fit((texts, np.arange(60) % 2), "CNN-25 (4)", weights=np.ones(60), **quick)
    jm.fit(texts, "GRIM-4 (64)", objective="infomax", directory=tmp_path, **quick)
    assert weighted.alphabet == jm.Network.load(tmp_path).alphabet == dna.RNA
    # The trainer itself, asked to read both strands.
    data = jm.Dataset.from_strings(texts, np.arange(60) % 2)
    config = TrainConfig().with_fields(epochs=1, strands="random")
    found = fits.fit(zoo.get("CNN-25 (4)", length=40, outputs=1), data[:40], data[40:], config)
    assert (found.network.alphabet, found.network.strands) == (dna.RNA, "given")


def test_filters_read_on_rna_are_rna(texts):
    data = jm.Dataset.from_strings(texts)
    features = lambda x_bl4: x_bl4[:, :, 3:] * 1.0
    found = filters.activation_ppms(features, data, width=1, left=0).motifs[0]
    assert found.alphabet == dna.RNA and found.consensus == "U"
    counts = np.array([sum(text.count(letter) for text in texts) for letter in "ACGU"]) + 1
    np.testing.assert_allclose(found.background, counts / counts.sum())


def test_filters_of_networks_on_rna_are_rna(texts):
    spec = zoo.get("CNN-25 (4)", length=40, outputs=1)
    net = jm.Network.from_spec(spec, alphabet=dna.RNA)
    codes = dna.encode(texts)
    other = dataclasses.replace(net, alphabet=dna.ALPHABET)
    one, two, three = (
        jm.filter_motifs(network, data, least_sites=1)
        for network, data in ((net, codes), (other, jm.Dataset.from_strings(texts)), (other, codes))
    )
    assert one.alphabet == two.alphabet == dna.RNA and three.alphabet == dna.ALPHABET
    for own, same, on_dna in zip(one, two, three, strict=True):
        assert own.consensus == same.consensus == on_dna.consensus.replace("T", "U")
        np.testing.assert_array_equal(own.ppm, on_dna.ppm)
    raw = filter_motifs.member_motifs(net, codes).motifs
    assert {motif.alphabet for motif in raw if motif} == {dna.RNA}
    wide = Motif("c", np.eye(4)[[3, 0, 3]], 100, source="s", alphabet=dna.RNA)
    assert class_motif.window(wide, 2).consensus == "UA" and class_motif.window(wide, 2).source == "s"


def test_reverse_complements_are_other_motifs():
    own, other = _motif("a", SITE), _motif("b", _other(SITE))
    assert len(merge.merge([own, other], [0, 1])) == 2
    turned = [dataclasses.replace(motif, alphabet=dna.ALPHABET) for motif in (own, other)]
    assert len(merge.merge(turned, [0, 1])) == 1
    assert align.align(own, other).similarity < 0.5 < align.align(*turned).similarity
    with pytest.raises(ValueError, match="a: a motif of ACGU has no reverse complement"):
        own.reverse_complement()


def test_logos_have_the_letter_u_of_full_height():
    own = _motif("a", SITE)
    assert repr(own) == f"Motif(a, 10 wide, {SITE})" and own.consensus == SITE
    text = own._repr_html_()
    assert 'class="U"' in text and 'class="T"' not in text
    points = np.array(logo._glyph("U")[0])
    assert points.min() == 0 and points.max() == 100
    drawing = logo.logo_svg(np.eye(4)[[3]], alphabet=dna.RNA)
    assert drawing.count('class="U"') == 1


def test_the_page_shows_one_strand():
    table = motif_table.MotifTable("Motifs", [motif_table.MotifRow(_motif("a", SITE))])
    text = str(table.html())
    assert "reverse complement" not in text and f"a, forward: {SITE}" in text and ">Logo<" in text
    both = motif_table.MotifTable("Motifs", [motif_table.MotifRow(_motif("a", SITE, dna.ALPHABET))])
    assert "reverse complement" in str(both.html()) and "Logo, both strands" in str(both.html())


def test_a_set_of_one_alphabet(tmp_path):
    motifs = jm.MotifSet([_motif("a", SITE)])
    assert motifs.alphabet == dna.RNA and jm.MotifSet([]).alphabet == dna.ALPHABET
    motifs.to_meme(tmp_path / "x.meme")
    assert "ALPHABET= ACGU" in (tmp_path / "x.meme").read_text()
    with pytest.raises(ValueError, match="of ACGT and of ACGU has no one alphabet"):
        _ = jm.MotifSet([_motif("a", SITE), _motif("b", SITE, dna.ALPHABET)]).alphabet


def test_the_other_strand_of_rna_is_another_sequence(texts):
    pair = [texts[0] * 2, _other(texts[0] * 2).replace("T", "U"), texts[0] * 2]
    data = jm.Dataset.from_strings(pair)
    assert groups.linked(data).tolist() == [0, 1, 0]
    assert groups.linked(dataclasses.replace(data, alphabet=dna.ALPHABET)).tolist() == [0, 0, 0]
