"""Labels in names: every style about is read when told and asked about otherwise; other names are not."""

import pytest

from jaxmotif.data import labels

N = 40  # records; those with odd numbers are positives


def _names(positive, negative):
    return [(positive if i % 2 else negative).format(i=i) for i in range(N)]


STYLES = {
    "signs": _names("+1", "-1"),
    "one sign": _names("1", "-1"),
    "words": _names("positive", "negative"),
    "key": _names("x label=1", "x label=0"),
    "key and number": _names("seq_{i} label:1", "seq_{i} label:0"),
    "key after coordinates": _names("chr1,+,{i}00,{i}01; class:1", "chr1,+,{i}00,{i}01; class:0"),
    "short key": _names("s{i};y=1", "s{i};y=0"),
    "key with underscore": _names("class_1_seq{i}", "class_0_seq{i}"),
    "bar": _names("x|1", "x|0"),
    "bar and number": _names("s{i}|1", "s{i}|0"),
    "bar and fraction": _names("s{i}|1.0", "s{i}|0.0"),
    "bar and sign": _names("s{i}|+1", "s{i}|-1"),
    "brackets": _names("s{i} (1)", "s{i} (0)"),
    "second column": _names("peak_{i} 1", "peak_{i} 0"),
    "first column": _names("1 peak_{i}", "0 peak_{i}"),
    "first column with sign": _names("+1 s{i}", "-1 s{i}"),
    "underscore": _names("seq{i}_1", "seq{i}_0"),
    "true": _names("s{i} True", "s{i} False"),
    "coordinates and bar": _names("chr1:{i}00-{i}50(+)|1", "chr1:{i}00-{i}50(-)|0"),
    "coordinates and blank": _names("chr1:{i}00-{i}50(+) 1", "chr1:{i}00-{i}50(-) 0"),
    "coordinates and underscore": _names("chr1:{i}00-{i}50_1", "chr1:{i}00-{i}50_0"),
    "before coordinates": _names("pos::chr1:{i}00-{i}50(+)", "neg::chr1:{i}00-{i}50(+)"),
    "prefix": _names("pos_{i}", "neg_{i}"),
    "prefix without underscore": _names("pos{i}", "neg{i}"),
    "camels": _names("PosSeq{i}", "NegSeq{i}"),
    "foreground": _names("fg_{i}", "bg_{i}"),
    "bound": _names("bound{i}", "unbound{i}"),
    "shuffles of loci": _names("chr1:{i}00-{i}50", "chr1:{i}00-{i}50_shuf"),
    "shuffles of peaks": _names("peak_{i}", "peak_{i}_dinuc_shuf_3"),
    "shuffled": _names("peak_{i}", "shuffled_{i}"),
    "negatives only marked": _names("chr1:{i}00-{i}50", "neg_{i}"),
    "random": _names("chr1:{i}00-{i}50", "random_{i}"),
}
# Of several classes, or of two that do not say which is which.
CLASSES = {
    "three numbers": [str(i % 3) for i in range(N)],
    "three after a bar": [f"s{i}|{i % 3}" for i in range(N)],
    "three after an underscore": [f"s{i}_{i % 3}" for i in range(N)],
    "four by key": [f"s{i} label={i % 4}" for i in range(N)],
    "two factors": _names("GATA1", "REST"),
}
ORDINARY = {
    "loci": [f"chr{i % 22 + 1}:{i}00-{i}50" for i in range(N)],
    "loci on strands": [f"chr1:{i}00-{i}50({'+-'[i % 2]})" for i in range(N)],
    "loci without chr": [f"{i % 22 + 1}:{i}1-{i}61" for i in range(N)],
    "loci of a fly": [f"{('2L', '2R', '3L', 'X')[i % 4]}:{i}1-{i}61" for i in range(N)],
    "loci with hyphens": [f"chr{i % 20}-{i}00-{i}50" for i in range(N)],
    "loci with underscores": [f"chr1_{i}00_{i}50_{'+-'[i % 2]}" for i in range(N)],
    "contigs": [f"chr{'1_KI270706v1_random' if i % 3 else 2}:{i}00-{i}50" for i in range(N)],
    "peaks": [f"Peak_{i}" for i in range(N)],
    "peaks of MACS": [f"sample_peak_{i}{'ab'[i % 2]}" for i in range(N)],
    "peaks and loci": [f"Peak_{i}::chr{i % 5}:{i}-{i + 60}" for i in range(N)],
    "summits": [f"Peak_{i}_summit_0" for i in range(N)],
    "windows of genes": [f"gene{i // 3}_{i % 3}" for i in range(N)],
    "genes": [f"ENSG0000{i}.{1 + i % 3}" for i in range(N)],
    "transcripts": [
        f"ENST{i} cdna chromosome:GRCh38:1:{i}1000:{i}2000:{('-1', '1')[i % 2]}" for i in range(N)
    ],
    "columns of BioMart": [f"ENSG{i}|13|32{i}000|32{i}400|{('-1', '1')[i % 2]}" for i in range(N)],
    "descriptions": [
        f"NM_{i}.{i % 4 + 1} {('negative elongation factor', 'division control protein')[i % 2]} {i}, mRNA"
        for i in range(N)
    ],
    "UCSC": [
        f"hg38_dna range=chr1:{i}01-{i}99 5'pad=0 3'pad=0 strand={'+-'[i % 2]} repeatMasking=none"
        for i in range(N)
    ],
    "mates": [f"read{i // 2}/{i % 2 + 1}" for i in range(N)],
    "scores": [f"s{i}|0.{i}" for i in range(N)],
    "one name": ["peak"] * N,
    "chromosomes": [("2L", "2R", "3L", "X")[i % 4] for i in range(N)],
    "ten names": [f"nm{i % 10}" for i in range(200)],
    "two records": ["seq_0", "seq_1"],
    "positives": [f"pos_{i}" for i in range(N)],
    "negatives": [f"neg_{i}" for i in range(N)],
    "one label": ["x label=1"] * N,
}


@pytest.mark.parametrize("style", STYLES)
def test_each_style_is_read_when_told_and_asked_about_otherwise(style):
    names = STYLES[style]
    assert labels.read("x.fa", names, "names") == [i % 2 for i in range(N)]
    assert labels.read("x.fa", names, "none") is None
    with pytest.raises(ValueError) as caught:
        labels.read("x.fa", names)
    text = str(caught.value)
    assert "x.fa: names look like labels" in text and "--labels=names" in text and "--labels=none" in text
    assert names[0] in text and text.count(": 20") == 2 and "\n" not in text


@pytest.mark.parametrize("style", CLASSES)
def test_other_classes_are_refused(style):
    with pytest.raises(ValueError, match="names look like labels"):
        labels.read("x.fa", CLASSES[style])
    with pytest.raises(ValueError, match="two classes are read.*--negatives"):
        labels.read("x.fa", CLASSES[style], "names")


@pytest.mark.parametrize("style", ORDINARY)
def test_ordinary_names_are_no_labels(style):
    assert labels.find(ORDINARY[style]) is None
    assert labels.read("x.fa", ORDINARY[style]) is None
    with pytest.raises(ValueError, match="no labels of two classes in the names"):
        labels.read("x.fa", ORDINARY[style], "names")


def test_names_that_are_1_or_0_are_labels_without_being_asked():
    names = ["1", " 0", "1.0", "0."]
    assert labels.read("x.fa", names) == labels.read("x.fa", names, "names") == [1, 0, 1, 0]
    assert labels.read("x.fa", names, "none") is None
    with pytest.raises(ValueError, match="unknown labels 'all'; known: auto, names, none"):
        labels.read("x.fa", names, "all")


def test_a_few_shuffles_among_many_count(tmp_path):
    names = [f"peak_{i}" for i in range(900)] + [f"peak_{i}_shuffled" for i in range(100)]
    assert sum(labels.read("x.fa", names, "names")) == 900
    # Fewer than one in fifty say nothing.
    assert labels.find([f"peak_{i}" for i in range(1000)] + ["negative_regulator_3"]) is None
