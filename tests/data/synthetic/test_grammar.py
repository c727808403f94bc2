"""The planted grammar: labels say what a reader of the truth finds."""

import pytest

from jaxmotif.data.synthetic import grammar


@pytest.fixture(scope="module")
def data():
    return grammar.grammar(3, 400)


def test_a_label_is_one_exactly_where_the_gap_is_right(data):
    rules = grammar.rules()
    for row in range(len(data)):
        placed = {
            int(m): (int(s), int(s) + len(data.truth.pool[m]))
            for m, s in zip(data.truth.motif_id[row], data.truth.start[row], strict=True)
            if m >= 0
        }
        for number, rule in enumerate(rules):
            left, right = placed.get(4 * number), placed.get(4 * number + 2)
            gap = right[0] - left[1] if left and right else None
            holds = gap is not None and rule.gap[0] <= gap <= rule.gap[1]
            assert holds == bool(data.labels[row, number])
            assert left or right


def test_all_gaps_of_a_rule_occur_and_every_kind_of_exception(data):
    starts, ids = data.truth.start, data.truth.motif_id
    gaps, alone, turned = set(), 0, 0
    for row in range(len(data)):
        placed = {int(m): int(s) for m, s in zip(ids[row], starts[row], strict=True) if m in (0, 2)}
        if len(placed) == 1:
            alone += 1
        elif placed[2] < placed[0]:
            turned += 1
        elif data.labels[row, 0]:
            gaps.add(placed[2] - placed[0] - len(data.truth.pool[0]))
    assert gaps == set(range(5, 13)) and alone > 20 and turned > 20


def test_a_part_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="do not fit into 30 nt"):
        grammar.grammar(0, 5, length=60)
