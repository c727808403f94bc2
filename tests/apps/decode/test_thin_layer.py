"""A layer whose leaves hold too few sequences to be read is still written."""

import json

from jaxmotif.apps.decode import layer_motifs, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.motifs import jaspar, meme
from tests.helpers import planted_leaves
from tests.helpers.document import read_page


def test_leaves_of_too_few_sequences_leave_no_motif_and_no_error(tmp_path):
    database = jaspar.load("JASPAR2016")
    (motif,) = planted_leaves.known("MA0095.2")
    found = planted_leaves.layer([[[(motif.ppm, 3, "+")], []]], 25, nsites=10)
    layer = layer_motifs.read(found, database, Settings("weights", database="JASPAR2016", min_sites=20), 1.0)
    row = write.write(layer, tmp_path)
    assert row["words"] == 0 and row["leaves"] == 2
    read_page(tmp_path / "report.html")
    assert len(meme.read_meme(tmp_path / "leaves.meme")) == 2
    assert not (tmp_path / "pooled.meme").exists() and not (tmp_path / "motifs.meme").exists()
    assert json.loads((tmp_path / "table.json").read_text())[0]["words"] == 0
