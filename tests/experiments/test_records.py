"""Records of parts of a run: taken again while everything that was written with them is as it was."""

import pytest

from experiments.common import records


@pytest.fixture(name="record")
def fixture_record(tmp_path):
    (tmp_path / "network.npz").write_bytes(b"weights")
    records.keep(tmp_path / "row.json", {"auroc": 0.5}, ("network.npz", "motifs.meme"))
    return tmp_path / "row.json"


def test_what_is_whole_is_taken_again(record, capsys):
    assert records.kept(record) == {"auroc": 0.5}
    assert records.kept(record.with_name("other.json")) is None
    assert not capsys.readouterr().err


@pytest.mark.parametrize("name", ["row.json", "network.npz", "row.outputs.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_no_damage_is_accepted(record, name, damage, capsys):
    path = record.with_name(name)
    before = path.read_bytes()
    for at in range(len(before)) if damage == "flipped" else [0]:
        if damage == "flipped":
            path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        elif damage == "cut":
            path.write_bytes(before[:-3])
        else:
            path.unlink()
        assert records.kept(record) is None
        assert "missing or changed; making it again" in capsys.readouterr().err
        if name != "row.outputs.json":
            assert not path.exists() and path.with_name(f"{name}.changed").exists() == (damage != "gone")
        # The part is made again.
        record.with_name("network.npz").write_bytes(b"weights")
        records.keep(record, {"auroc": 0.5}, ("network.npz", "motifs.meme"))
        assert path.read_bytes() == before and records.kept(record)


def test_a_part_that_was_killed_before_its_end_is_not_done(record):
    record.with_name("row.outputs.json").unlink()
    assert records.kept(record) is None
