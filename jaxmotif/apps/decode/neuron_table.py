"""The table of a layer's neurons; what opens below a row is drawn by the page's script from its data block."""

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaxmotif.apps.decode.diagnosis import Regions
from jaxmotif.apps.decode.layer_data import NeuronRow
from jaxmotif.apps.decode.leaf_block import block, strongest
from jaxmotif.report.motif_cells import scientific

# Kinds to filter by: value, label, whether a neuron is of the kind.
KINDS: tuple[tuple[str, str, Callable[[NeuronRow], bool]], ...] = (
    ("live", "live", lambda row: not row.dead),
    ("dead", "dead", lambda row: row.dead),
    ("mixture", "mixture", lambda row: row.mixture),
    ("pure", "live, no mixture", lambda row: not row.dead and not row.mixture),
    ("matched", "with a known motif", lambda row: bool(row.matches)),
    ("unmatched", "live, no known motif", lambda row: not row.dead and not row.matches),
)
_SHOWN = 3  # matches in a row; the rest stands below

HELP = (
    ("Largest", "Largest activation found before the rectifier; with = it is proven to be the true one."),
    (
        "Consensus",
        "Activation of the strongest leaf's most probable letters, as a share of that leaf's largest "
        "one. Far below 100 % the leaf mixes motifs that cannot stand for one another (synonymous mixture).",
    ),
    ("Leaves", "Combinations of positions in the pooling windows that hold sequences, of all there are."),
    (
        "Agreement",
        "Adjusted Rand index of decoupling by clustering and by the places of the pooling winners.",
    ),
    (
        "Logo",
        "The strongest leaf, cut to its informative part. Details show all leaves, moved so that the same "
        "motif stands under itself.",
    ),
)


@dataclass(frozen=True)
class NeuronTable:
    """A section with one row a neuron, sortable and filtered by text and kind."""

    title: str
    rows: Sequence[NeuronRow]
    database: str = ""
    regions: Regions = Regions()

    def html(self) -> str:
        if not self.rows:
            return '<p class="empty">No neuron was decoded.</p>'
        head = "".join(
            f'<th scope="col" class="{css}"'
            + (f' data-sort="{sort}" aria-sort="{"none" if i else "ascending"}">' if sort else ">")
            + (f'<button type="button">{name}</button>' if sort else name)
            + "</th>"
            for i, (css, name, sort, _) in enumerate(_COLUMNS)
        )
        body = "".join(self._item(i, row) for i, row in enumerate(self.rows))
        known = f" of {self.database}" if self.database else ""
        help_text = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in HELP)
        count = f"{len(self.rows)} neuron{'s' if len(self.rows) > 1 else ''}"
        return (
            '<details class="help"><summary>How to read this table</summary>'
            f"<dl>{help_text}<dt>Known motif</dt><dd>The best matches{html.escape(known)} of the neuron's motifs "
            "with their q-values (false discovery rate).</dd></dl></details>"
            '<div class="tools" hidden><label>Filter <input type="search" class="filter" '
            'placeholder="channel, letters, match"></label><label>Show <select class="kind">'
            f'<option value="">all</option>{"".join(map(self._option, KINDS))}</select></label>'
            '<button type="button" class="expand">Show all details</button>'
            f'<span class="count" role="status">{count}</span></div>'
            "<noscript><p>The logos are drawn by a script; without it only the numbers are shown.</p></noscript>"
            '<div class="scroll"><table class="motifs neurons sortable">'
            f"<thead><tr>{head}</tr></thead>{body}</table></div>{block(self.rows, self.regions)}"
        )

    def _option(self, kind) -> str:
        value, label, is_kind = kind
        return f'<option value="{value}">{label} ({sum(map(is_kind, self.rows))})</option>'

    def _item(self, i: int, row: NeuronRow) -> str:
        kinds = " ".join(value for value, _, is_kind in KINDS if is_kind(row))
        cells = "".join(cell(i, row) for *_, cell in _COLUMNS)
        return (
            f'<tbody id="neuron-{row.channel}" data-kinds="{kinds}"><tr>{cells}</tr>'
            f'<tr class="detail" id="neuron-{row.channel}-detail"><td colspan="{len(_COLUMNS)}">'
            f"{_detail(i, row)}</td></tr></tbody>"
        )


def _channel(i, row):
    return (
        f'<th scope="row" class="name" data-v="{row.channel}"><span>{row.channel}</span>'
        f'<button type="button" class="more" aria-expanded="false" aria-controls="neuron-{row.channel}-detail">'
        "Details</button></th>"
    )


def _state(i, row):
    if row.dead:
        reason = f" <small>{html.escape(row.reason)}</small>" if row.reason else ""
        return f'<td class="state" data-v="0"><b class="badge dead">dead</b>{reason}</td>'
    if row.mixture:
        return '<td class="state" data-v="1"><b class="badge mixture">mixture</b></td>'
    return '<td class="state" data-v="2"><span class="badge">live</span></td>'


def _maximum(i, row):
    if not math.isfinite(row.maximum):
        return "<td></td>"
    sign = '<small title="proven to be the largest">=</small>' if row.exact else ""
    return f'<td class="number" data-v="{row.maximum:.6g}">{_minus(f"{row.maximum:.3g}")} {sign}</td>'


def _consensus(i, row):
    if not row.leaves or row.leaves[strongest(row)].maximum <= 0:
        return "<td></td>"
    leaf = row.leaves[strongest(row)]
    share = leaf.consensus / leaf.maximum
    if not math.isfinite(share):
        return "<td></td>"
    return (
        f'<td class="number" data-v="{share:.4f}">{_minus(f"{share:.0%}")}'
        f'<span class="bar" style="--v:{min(max(share, 0.0), 1.0):.0%}"></span></td>'
    )


def _leaves(i, row):
    total = len(row.leaves) + row.empty
    if not total:
        return "<td></td>"
    return f'<td class="number" data-v="{len(row.leaves)}">{len(row.leaves)} of {total}</td>'


def _samples(i, row):
    generations = f"<small>{row.generations} generations</small>" if row.generations else ""
    return f'<td class="number samples" data-v="{row.samples}">{row.samples:,}{generations}</td>'


def _agreement(i, row):
    if not math.isfinite(row.agreement):
        return "<td></td>"
    return f'<td class="number" data-v="{row.agreement:.4f}">{_minus(f"{row.agreement:.2f}")}</td>'


def _logo(i, row):
    return f'<td class="lead-logo"><div data-lead="{i}"></div></td>' if row.leaves else "<td></td>"


def _matches(i, row):
    if row.dead:
        return "<td></td>"
    if not row.matches:
        return '<td class="known"><span class="none">none</span></td>'
    return f'<td class="known" data-v="{row.matches[0].q:.4g}">{_match_list(row.matches[:_SHOWN])}</td>'


def _match_list(matches) -> str:
    items = "".join(
        f"<li><span>{html.escape(name)}</span><small>{scientific(q)}</small></li>" for name, q in matches
    )
    return f"<ul>{items}</ul>"


_COLUMNS = (
    ("name", "Neuron", "number", _channel),
    ("state", "State", "number", _state),
    ("number", "Largest", "number", _maximum),
    ("number", "Consensus", "number", _consensus),
    ("number", "Leaves", "number", _leaves),
    ("number samples", "Sequences", "number", _samples),
    ("number", "Agreement", "number", _agreement),
    ("lead-logo", "Logo", "", _logo),
    ("known", "Known motif, q", "number", _matches),
)


def _detail(i: int, row: NeuronRow) -> str:
    parts = []
    if row.mixture_text:
        parts.append(f'<p class="remark">{html.escape(row.mixture_text)}</p>')
    if row.leaves:
        # Room for the logos, so that nothing jumps when they are drawn.
        parts.append(
            f"<h4>Leaves <small>by digits; letters in 0 to 2 bits</small></h4>"
            f'<div class="leaves" data-leaves="{i}" style="min-height:{len(row.leaves) * 46 + 40}px"></div>'
        )
    elif row.dead:
        parts.append('<p class="empty">No sequence was found that activates this neuron.</p>')
    if row.syntax:
        parts.append(
            "<h4>Syntax</h4>"
            + "".join(
                f'<figure class="syntax"><figcaption><code>{html.escape(text)}</code></figcaption>{svg}</figure>'
                for text, svg in row.syntax
            )
        )
    if row.best:
        parts.append(f'<h4>Strongest sequence</h4><p class="best"><code>{html.escape(row.best)}</code></p>')
    if len(row.matches) > _SHOWN:
        parts.append(f'<h4>All matches</h4><div class="known all">{_match_list(row.matches)}</div>')
    return "".join(parts)


def _minus(number: str) -> str:
    return number.replace("-", "\u2212")
