import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxmotif.neuronmotif.sample import reservoir
from tests.helpers import tiny_stacks

WIDTH, SLOTS = 9, 64
record = jax.jit(reservoir.record)


def batches(seed=0, count=6, rows=50):
    """Sequences of few letters, so that many repeat, and an activation that hangs on the letters alone."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, rows, WIDTH)).astype(np.uint8)
    codes[:, ::2, 4:] = 0
    return codes, value(codes)


def value(codes):
    weights = np.linspace(-1.0, 1.5, WIDTH)
    return ((codes.astype(np.float64) - 1.3) @ weights).astype(np.float32)


def filled(codes, values, unit=0.0, slots=SLOTS, record=record):
    kept = reservoir.empty(codes.shape[-1], slots)._replace(unit=jnp.float32(unit))
    for batch, scores in zip(codes, values, strict=True):
        kept = record(kept, jnp.asarray(batch), jnp.asarray(scores))
    return kept


def by_hand(codes, values, unit, slots=SLOTS):
    """{(row, slot): (priority, sequence)}, the smallest priority wins."""
    codes, values = codes.reshape(-1, codes.shape[-1]), values.reshape(-1)
    words = reservoir.pack(jnp.asarray(codes))
    priorities = np.minimum(np.asarray(reservoir.hashed(words, 0x9747B28C)), reservoir.EMPTY - np.uint32(1))
    slot = np.asarray(reservoir.hashed(words, 0x3C6EF372)) % slots
    table = {}
    for row, score, priority, place in zip(codes, values, priorities, slot, strict=True):
        if score > 0:
            where = (int(score / np.float32(unit)), int(place))
            table[where] = min(table.get(where, (2**32, ())), (int(priority), tuple(row.tolist())))
    return table


def table_of(kept, width=WIDTH):
    priority = np.asarray(kept.priority)
    letters = reservoir.letters(np.asarray(kept.words).reshape(priority.size, -1), width)
    letters = letters.reshape(*priority.shape, width)
    return {
        (int(r), int(s)): (int(priority[r, s]), tuple(letters[r, s].tolist()))
        for r, s in zip(*np.nonzero(priority != reservoir.EMPTY), strict=True)
    }


@pytest.mark.parametrize("width", [1, 15, 16, 17, 40])
def test_letters_survive_packing(width):
    codes = np.random.default_rng(width).integers(0, 4, (7, width)).astype(np.uint8)
    words = np.asarray(reservoir.pack(jnp.asarray(codes)))
    assert words.shape == (7, -(-width // 16)) and words.dtype == np.uint32
    np.testing.assert_array_equal(reservoir.letters(words, width), codes)
    assert reservoir.letters(words[:0], width).shape == (0, width)


def test_it_holds_what_a_dictionary_holds():
    codes, values = batches()
    kept = filled(codes, values, unit=0.5)
    assert table_of(kept) == by_hand(codes, values, float(kept.unit))
    priority, scores = np.asarray(kept.priority), np.asarray(kept.value)
    for (row, slot), (_, letters) in table_of(kept).items():
        assert scores[row, slot] == value(np.array(letters)) > 0
    assert (scores[priority == reservoir.EMPTY] == 0).all()


def test_neither_order_nor_batches_matter():
    codes, values = batches()
    flat, scores = codes.reshape(-1, WIDTH), values.reshape(-1)
    want = table_of(filled(codes, values, unit=0.5))
    order = np.random.default_rng(1).permutation(len(flat))
    assert table_of(filled(flat[order][None], scores[order][None], unit=0.5)) == want
    assert (
        table_of(filled(flat[order].reshape(3, 100, WIDTH), scores[order].reshape(3, 100), unit=0.5)) == want
    )


def test_many_sequences_at_once_are_the_same(monkeypatch):
    codes, values = batches()
    want = table_of(filled(codes, values, unit=0.5))
    monkeypatch.setattr(reservoir, "AT_ONCE", 16)
    record = jax.jit(lambda *given: reservoir.record(*given))  # traced anew, with the smaller number
    found = filled(codes.reshape(1, -1, WIDTH), values.reshape(1, -1), unit=0.5, record=record)
    assert table_of(found) == want


def test_rows_grow_and_keep_what_belongs():
    codes, values = batches()
    order = np.argsort(values.reshape(-1))
    codes, values = codes.reshape(-1, WIDTH)[order], values.reshape(-1)[order]
    first = np.searchsorted(values, 0.0, side="right") + 1
    parts = [slice(first, first + 1), slice(first + 1, first + 30), slice(first + 30, None)]
    kept = reservoir.empty(WIDTH, SLOTS)
    units = []
    for part in parts:
        kept = record(kept, jnp.asarray(codes[part]), jnp.asarray(values[part]))
        units.append(float(kept.unit))
    assert units[0] == np.float32(values[first] / 30) and units[2] > 2 * units[0]
    assert np.log2(units[2] / units[0]) % 1 == 0
    assert reservoir.ROWS / 2 <= values[-1] / units[2] < reservoir.ROWS
    assert table_of(kept) == by_hand(codes[first:], values[first:], units[2])


def test_nothing_positive_leaves_no_trace():
    codes, values = batches()
    kept = filled(codes, -np.abs(values))
    assert float(kept.unit) == 0 and table_of(kept) == {}
    assert len(reservoir.sample(kept, 5, 10).values) == 0


def test_what_is_kept_is_a_uniform_sample():
    # All sequences of 7 letters in one row of activation: every letter, and every pair, is as likely as any
    # other.
    codes = tiny_stacks.all_sequences(7)
    kept = filled(codes[None], np.full((1, len(codes)), 1.0, np.float32), slots=4096)
    letters = np.array([sequence for _, sequence in table_of(kept, 7).values()])
    assert 0.9 * 4096 < len(letters) <= 4096  # 16384 on 4096 slots leave 1 in 55 empty
    assert len(np.unique(letters, axis=0)) == len(letters)
    pairs = [letters[:, i] * 4 + letters[:, j] for i in range(7) for j in range(i)]
    p_values = [scipy.stats.chisquare(np.bincount(pair, minlength=16)).pvalue for pair in pairs]
    assert min(p_values) > 0.01 / len(pairs)


def test_a_sample_has_at_most_cap_of_every_bin_and_the_strongest_first():
    codes, values = batches(count=20)
    kept = filled(codes, values)
    everything = reservoir.sample(kept, 5, 10**6)
    found = reservoir.sample(kept, 5, 6)
    highest = found.values.max()
    assert (np.diff(found.values) <= 0).all() and highest == everything.values.max()
    edges = np.linspace(0, float(highest), 6)
    count, all_count = (np.histogram(s.values, edges)[0] for s in (found, everything))
    np.testing.assert_array_equal(count, np.minimum(all_count, 6))
    np.testing.assert_array_equal(value(reservoir.letters(found.words, WIDTH)), found.values)
    halved = reservoir.sample(kept, 5, 10**6, floor=0.5)
    np.testing.assert_array_equal(halved.values, everything.values[everything.values >= 0.5 * highest])


def test_bins_are_open_below_and_closed_above():
    assert reservoir.bins_of(np.array([0.1, 1.0, 1.01, 2.0, 3.9, 4.0]), 4, 4.0).tolist() == [0, 0, 1, 1, 3, 3]


def test_the_strongest():
    codes, values = batches()
    kept = filled(codes, values, slots=4)  # so few slots that it may well have lost its own
    held = np.asarray(kept.value)[np.asarray(kept.priority) != reservoir.EMPTY]
    letters, best = jax.device_get(reservoir.strongest(kept, 5, WIDTH))
    np.testing.assert_array_equal(best, np.sort(np.append(held, values.max()))[::-1][:5])
    np.testing.assert_array_equal(value(letters), best)
    assert float(kept.highest) == values.max()
    assert reservoir.sample(kept, 5, 1).values[0] == values.max()
    _, none = reservoir.strongest(reservoir.empty(WIDTH, SLOTS), 3, WIDTH)
    assert (np.asarray(none) == -np.inf).all()


def test_two_reservoirs_united():
    codes, values = batches(count=8)
    first, second = filled(codes[:4], values[:4], unit=1.0), filled(codes[4:], values[4:], unit=0.5)
    # All rows count as sparse: as if both had been recorded into one.
    united = reservoir.united(first, second, 2.0)
    assert table_of(united) == by_hand(codes, values, 1.0)
    best = reservoir.letters(np.asarray(united.best)[None], WIDTH)
    assert float(united.highest) == values.max() == value(best)[0]
    # None does.
    assert table_of(reservoir.united(first, second, 0.0)) == table_of(first)
    rows = (np.asarray(first.priority) != reservoir.EMPTY).mean(axis=1) < 0.1
    both, alone = by_hand(codes, values, 1.0), table_of(first)
    want = {k: v for k, v in both.items() if rows[k[0]]} | {k: v for k, v in alone.items() if not rows[k[0]]}
    assert table_of(reservoir.united(first, second, 0.1)) == want
