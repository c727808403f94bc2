"""Figure 1 against its words: strings searched letter by letter, maxima of windows."""

import json

import numpy as np
import pytest

from experiments.koo_eddy import launcher, toy


def places(text, part):
    return [i + 1 for i in range(len(text) - 2) if text[i : i + 3] == part]


def by_hand(text, pool):
    """Pooled maps of both parts: whether a part's middle letter lies in each window."""
    maps = np.zeros((len(text) // pool, 2))
    for number, part in enumerate(toy.PARTS):
        for place in places(text, part):
            maps[place // pool, number] = 1
    return maps


def test_the_sequence_holds_each_part_where_it_was_put_and_nowhere_else():
    text = toy.sequence(dict(zip(toy.STARTS, toy.PATTERNS, strict=True)))
    assert len(text) == 60 and len(toy.BETWEEN) == 60
    assert places(text, "CAC") == [8, 31, 47] and places(text, "GTG") == [11, 28, 53]
    for start in range(52):
        for pattern in toy.PATTERNS:
            found = toy.sequence({start: pattern})
            assert len(places(found, "CAC")) == len(places(found, "GTG")) == 1


@pytest.mark.parametrize("pool", toy.POOLS)
def test_the_networks_maps_are_those_of_the_letters(pool):
    net = toy.network(pool)
    texts = [toy.sequence({start: pattern}) for start in (3, 17, 18, 40, 51) for pattern in toy.PATTERNS]
    found = toy.maps(net, texts)
    for text, first, pooled in zip(texts, found.first, found.pooled, strict=True):
        np.testing.assert_array_equal(pooled, by_hand(text, pool))
        for number, part in enumerate(toy.PARTS):
            assert np.flatnonzero(first[:, number]).tolist() == places(text, part)


def test_narrow_pooling_tells_the_patterns_apart_and_wide_pooling_does_not():
    rows = toy.rows()
    assert [row["pooling"] for row in rows] == [3, 3, 3, 20, 20, 20]
    names = list(toy.PATTERNS)
    answers = np.array([[row[f"unit of {name}"] for name in names] for row in rows])
    np.testing.assert_array_equal(answers[:3], np.eye(3))
    np.testing.assert_array_equal(answers[3:], np.ones((3, 3)))
    for row in rows:
        same = 0
        for start in range(52):
            own = by_hand(toy.sequence({start: row["pattern"]}), row["pooling"])
            others = [toy.sequence({start: name}) for name in names if name != row["pattern"]]
            same += any((own == by_hand(text, row["pooling"])).all() for text in others)
        assert row["starts_with_the_pooled_map_of_another"]["mean"] == pytest.approx(same / 52)
        assert row["told_apart"] == ("yes" if row["pooling"] == 3 else "no")


def test_figure_1_is_made_by_its_config(tmp_path, capsys):
    folder = tmp_path / "run"
    launcher.main(["koo_eddy", "--config=figure1", f"--workdir={folder}"])
    assert "26 nt, every 20 nt" in capsys.readouterr().out
    for name in ("figure1.png", "figure1.svg", "table.md"):
        assert (folder / name).stat().st_size > 500
    assert "data:image/png;base64," in (folder / "report.html").read_text()
    assert len(json.loads((folder / "table.json").read_text())) == 6
    with pytest.raises(ValueError, match="figure1 has no settings"):
        launcher.main(["koo_eddy", "--config=figure1", "--set=trials=1", f"--workdir={folder}"])
