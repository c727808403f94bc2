"""A made genome with CpG islands: shuffles as negatives list false motifs, regions of the genome do not."""

import json

import pytest

from jaxmotif.apps import cli
from jaxmotif.data.synthetic.made_genome import made_genome
from tests.helpers import sequence_files

PLANTED, BOX = {"A": "TGACTCATTA", "B": "ATTGCATAAC"}, "GGGGCGGGG"


@pytest.fixture(scope="module", name="folder")
def fixture_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backgrounds")
    motifs = [sequence_files.of_word(name, word, name) for name, word in PLANTED.items()]
    made_genome(motifs, 1_500_000, 5, 500, [0.7, 0.4], seed=1).write(folder)
    words = {name: (word, f"TF{name}") for name, word in PLANTED.items()} | {"BOX": (BOX, "SP")}
    sequence_files.write_database(folder / "db.meme", 40, words)
    return folder


def listed(folder, background):
    """Returns what each listed motif is by the database, "" for none of it."""
    arguments = [
        str(folder / "peaks.narrowPeak"),
        f"--genome={folder / 'genome.fa'}",
        f"--blacklist={folder / 'blacklist.bed'}",
        f"--background={background}",
        f"--database={folder / 'db.meme'}",
        f"--out={folder / background}",
        "--seeds=1",
        "--set=readings=words",
        "--set=train.schedule.epochs=2",
        "--set=train.schedule.batch_size=50",
    ]
    cli.dispatch(["jaxmotif", "discover", *arguments])
    rows = json.loads((folder / background / "motifs.json").read_text())
    return [row["best_match"]["id"] if row["best_match"] else "" for row in rows]


def test_regions_list_what_was_planted_and_shuffles_also_what_the_genome_has(folder):
    regions, shuffles = listed(folder, "genome"), listed(folder, "shuffle")
    assert sorted(regions) == sorted(PLANTED)
    assert set(PLANTED) | {"BOX"} <= set(shuffles)
