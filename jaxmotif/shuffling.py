"""Random sequences with the dinucleotides of given ones, drawn on the device."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.dna import N


@functools.lru_cache(maxsize=1)
def _trees() -> np.ndarray:
    """int (5, 125, 5): for each root all trees on five vertices, as the parent of every vertex.

    A root is its own parent. There are 5^3 trees (Cayley); each one directs its edges to the root.
    """
    letters = range(N + 1)
    tables = []
    for root in letters:
        others = [v for v in letters if v != root]
        table = []
        for choice in itertools.product(letters, repeat=len(others)):
            parent = {root: root, **dict(zip(others, choice, strict=True))}
            reached = list(others)
            for _ in others:
                reached = [parent[v] for v in reached]
            if all(v == root for v in reached):
                table.append([parent[v] for v in letters])
        tables.append(table)
    return np.array(tables, dtype=np.int32)


def _shuffle_row(key, codes_l):
    letters = jnp.arange(N + 1, dtype=jnp.int32)
    codes_l = codes_l.astype(jnp.int32)
    tree_key, order_key = jax.random.fold_in(key, 0), jax.random.fold_in(key, 1)

    # Edges lead from each letter to the next, between the first and the last base: N at the ends is
    # padding. All others get a source that is not a letter. (In N only, all letters are inside.)
    base_l = codes_l != N
    first, last = jnp.argmax(base_l), codes_l.size - 1 - jnp.argmax(base_l[::-1])
    edge_e = jnp.arange(codes_l.size - 1)
    inside_e = (edge_e >= first) & (edge_e < last)
    source_e, target_e = jnp.where(inside_e, codes_l[:-1], N + 1), codes_l[1:]
    root = codes_l[last]

    pairs = jnp.arange((N + 1) ** 2, dtype=jnp.int32)
    pair_e = source_e * (N + 1) + target_e
    edges_vw = jnp.sum(pair_e[:, None] == pairs, axis=0).reshape(N + 1, N + 1)
    degree_v = edges_vw.sum(axis=1)

    # In an Eulerian path the last exits of all vertices but the final one form a tree directed to
    # the final one, and a tree occurs with weight equal to the product of its edges' counts.
    # Letters that do not occur hang on the root with weight 1, and so does the root itself.
    to_root = (letters == root)[None, :]
    free_v = (degree_v == 0) | (letters == root)
    weight_vw = jnp.where(free_v[:, None], to_root, edges_vw)
    parent_tv = jnp.asarray(_trees())[root]
    log_weight_t = jnp.log(weight_vw[letters, parent_tv].astype(jnp.float32)).sum(axis=-1)
    parent_v = parent_tv[jax.random.categorical(tree_key, log_weight_t)]

    # Of parallel edges any one may be the last exit; which one must not depend on the order below.
    on_tree_ve = (source_e == letters[:, None]) & (target_e == parent_v[:, None])
    exit_v = jnp.argmax(on_tree_ve, axis=1).at[root].set(-1)  # the root has no last exit
    is_exit_e = (exit_v[jnp.minimum(source_e, N)] == edge_e) & inside_e

    # All other edges leave their vertex in uniformly random order.
    order_e = jax.random.bits(order_key, source_e.shape, jnp.uint32)
    *_, next_e = jax.lax.sort((source_e * 2 + is_exit_e, order_e, target_e), num_keys=2)

    def walk(state, edge):
        vertex, exits_v = state
        inside, target = edge
        here = jnp.where(inside, next_e[exits_v[vertex]], target)
        return (here, exits_v + ((letters == vertex) & inside)), here.astype(jnp.uint8)

    start = codes_l[0], jnp.cumsum(degree_v) - degree_v
    _, rest_e = jax.lax.scan(walk, start, (inside_e, target_e))
    return jnp.concatenate([codes_l[:1].astype(jnp.uint8), rest_e])


@jax.jit
def dinucleotide_shuffle(key: jax.Array, codes, first: int = 0) -> jax.Array:
    """Draws random sequences with the exact dinucleotide counts and the end letters of `codes`.

    Uniform over the distinct sequences that have these counts (so the result may equal the source),
    by one Eulerian path per row: its tree of last exits is drawn by weight among the 125 there are
    over five letters, then all other edges in random order (Altschul & Erickson 1985; Kandel,
    Matias, Unger & Winkler 1996). No rejection; pure; works inside jit. N is a fifth letter inside
    a sequence; runs of N at its ends are padding and stay, so that the bases between them are
    shuffled among themselves and a shuffle cannot be told by its padding.

    Args:
      key: a JAX random key. Row i uses `fold_in(key, first + i)`, whatever the number of rows.
      codes: integers 0..4, (B, L).
      first: number of the first row, where these are a part of more.

    Returns:
      uint8 (B, L).

    Raises:
      ValueError: unless `codes` has two axes.
    """
    codes_bl = jnp.asarray(codes).astype(jnp.uint8)
    if codes_bl.ndim != 2:
        raise ValueError(f"codes must have shape (B, L), got {codes_bl.shape}")
    if codes_bl.shape[1] < 3:  # both letters are ends
        return codes_bl
    keys_b = jax.vmap(jax.random.fold_in, (None, 0))(key, first + jnp.arange(codes_bl.shape[0]))
    return jax.vmap(_shuffle_row)(keys_b, codes_bl)


def other_shuffle(key: jax.Array, codes, attempts: int = 20) -> jax.Array:
    """Returns `dinucleotide_shuffle`, drawn again for the rows that equal their source. Works inside jit.

    Rows that still equal it after `attempts` draws have, almost surely, no other shuffle (homopolymers
    do not), and stay as they are.
    """
    codes_bl = jnp.asarray(codes).astype(jnp.uint8)

    def same(shuffled_bl):
        return jnp.all(shuffled_bl == codes_bl, axis=1, keepdims=True)

    def again(state):
        attempt, shuffled_bl = state
        drawn_bl = dinucleotide_shuffle(jax.random.fold_in(key, attempt), codes_bl)
        return attempt + 1, jnp.where(same(shuffled_bl), drawn_bl, shuffled_bl)

    def missing(state):
        attempt, shuffled_bl = state
        return (attempt < attempts) & jnp.any(same(shuffled_bl))

    return jax.lax.while_loop(missing, again, (0, codes_bl))[1]
