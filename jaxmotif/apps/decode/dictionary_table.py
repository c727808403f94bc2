"""The dictionary of a layer: its motifs, which neurons have them, and which known motifs they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from jaxmotif.apps.decode.layer_data import WordRow
from jaxmotif.report import templates
from jaxmotif.report.motif_cells import item, motif_texts

_SHOWN = 12  # neurons named in a row; the rest are counted
_TEXTS = 200  # motifs that can be copied one by one; beyond, the page would grow by 3 kB each


@dataclass(frozen=True)
class DictionaryTable:
    """A section with one row a motif of the dictionary, in the given order.

    Attributes:
      title: of the section.
      rows: most important first.
      database: name of the known motifs, for the text.
      show_hits: how many matches of each motif to list.
      anchor: prefix of the rows' ids.
    """

    title: str
    rows: Sequence[WordRow]
    database: str = ""
    show_hits: int = 3
    anchor: str = "word"

    def html(self) -> Markup:
        """Returns the section's body.

        Raises:
          ValueError: for a motif without a member or a neuron.
        """
        for row in self.rows:
            if row.members < 1 or not row.neurons:
                raise ValueError(f"{row.motif.name}: {row.members} members in {len(row.neurons)} neurons")
        heads, both = _HEADS, any(row.motif.has_complement for row in self.rows) or not self.rows
        if not both:  # RNA
            heads = tuple(("logos", "Logo", "") if head[0] == "logos" else head for head in _HEADS)
        occurs = next((row.occurrence for row in self.rows if row.occurrence), None)
        return templates.render(
            "dictionary.html",
            "jaxmotif.apps.decode",
            table=self,
            heads=[head for head in heads if occurs or head is not _OCCURS],
            occurs=occurs,
            strands="either strand" if both else "its one strand",
            items=[
                (
                    item(i, row, self.anchor, self.show_hits),
                    list(row.neurons)[:_SHOWN],
                    max(len(row.neurons) - _SHOWN, 0),
                )
                for i, row in enumerate(self.rows)
            ],
            texts=motif_texts(self.anchor, self.rows[:_TEXTS]),
            known=sum(bool(row.named) for row in self.rows),
        )


_OCCURS = ("number occurs", "In sequences", "number")  # only where sequences were given
_HEADS = (
    ("rank", "#", "number"),
    ("name", "Motif", "text"),
    ("logos", "Logo, both strands", ""),
    ("number", "Width", "number"),
    ("number", "Segments", "number"),
    ("in-neurons", "Neurons", "number"),
    _OCCURS,
    ("hits", "Known motif, E and q", "number"),
)
