"""The dictionary of a layer: its motifs, which neurons have them, and which known motifs they are."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from jaxmotif.apps.decode.layer_data import WordRow
from jaxmotif.report.motif_cells import COLUMNS, detail

_CELLS = {column.css: column.cell for column in COLUMNS}
_SHOWN = 12  # neurons named in a row; the rest are counted


@dataclass(frozen=True)
class DictionaryTable:
    """A section with one row a motif of the dictionary, in the given order.

    Attributes:
      database: name of the known motifs, for the text.
      show_hits: how many matches of each motif to list.
      anchor: prefix of the rows' ids.
    """

    title: str
    rows: Sequence[WordRow]
    database: str = ""
    show_hits: int = 3
    anchor: str = "word"

    def html(self) -> str:
        """The section's body.

        Raises:
          ValueError: for a motif without a member or a neuron.
        """
        if not self.rows:
            return '<p class="empty">No motif was found.</p>'
        for row in self.rows:
            if row.members < 1 or not row.neurons:
                raise ValueError(f"{row.motif.name}: {row.members} members in {len(row.neurons)} neurons")
        head = "".join(
            f'<th scope="col" class="{css}"'
            + (f' data-sort="{sort}" aria-sort="{"none" if i else "ascending"}">' if sort else ">")
            + (f'<button type="button">{name}</button>' if sort else name)
            + "</th>"
            for i, (css, name, sort) in enumerate(_HEADS)
        )
        body = "".join(
            f'<tbody data-kinds="{"known" if row.hits else "novel"}"><tr>{self._cells(i, row)}</tr>'
            f"{detail(i, row, self, len(_HEADS))}</tbody>"
            for i, row in enumerate(self.rows)
        )
        known = sum(bool(row.hits) for row in self.rows)
        where = f" in {html.escape(self.database)}" if self.database else ""
        return (
            f'<p class="lead">Segments of the leaves of all neurons, merged where they are one motif on either '
            f"strand. Known: with a match{where}; q is its false discovery rate.</p>"
            '<div class="tools" hidden><label>Filter <input type="search" class="filter" '
            'placeholder="name, consensus, match"></label><label>Show <select class="kind">'
            f'<option value="">all</option><option value="known">known ({known})</option>'
            f'<option value="novel">novel ({len(self.rows) - known})</option></select></label>'
            '<button type="button" class="expand">Show all details</button>'
            f'<span class="count" role="status">{len(self.rows)} motif{"s" if len(self.rows) > 1 else ""}</span>'
            '</div><div class="scroll"><table class="motifs words sortable">'
            f"<thead><tr>{head}</tr></thead>{body}</table></div>"
        )

    def _cells(self, i: int, row: WordRow) -> str:
        novel = '<td class="hits"><b class="badge novel">novel</b></td>'
        hits = _CELLS["hits"](i, row, self, 0) if row.hits else novel
        named = ", ".join(f'<a href="#neuron-{channel}">{channel}</a>' for channel in row.neurons[:_SHOWN])
        more = f" and {len(row.neurons) - _SHOWN} more" if len(row.neurons) > _SHOWN else ""
        return (
            _CELLS["rank"](i, row, self, 0)
            + _CELLS["name"](i, row, self, 0)
            + _CELLS["logos"](i, row, self, 0)
            + f'<td class="number" data-v="{row.motif.width}">{row.motif.width}</td>'
            f'<td class="number" data-v="{row.members}">{row.members:,}</td>'
            f'<td class="in-neurons" data-v="{len(row.neurons)}"><b>{len(row.neurons)}</b> '
            f"<small>{named}{more}</small></td>{hits}"
        )


_HEADS = (
    ("rank", "#", "number"),
    ("name", "Motif", "text"),
    ("logos", "Logo, both strands", ""),
    ("number", "Width", "number"),
    ("number", "Segments", "number"),
    ("in-neurons", "Neurons", "number"),
    ("hits", "Known motif, E and q", "number"),
)
