"""The section of a report that leads to the run's dashboard."""

import pathlib
from dataclasses import dataclass

from markupsafe import Markup

PLACE = "dashboard/dashboard.html"
_TEXT = (
    "Which letters of single sequences the networks read, positives and negatives, each network by itself, "
    "and what makes them sure of a class: "
)


@dataclass(frozen=True)
class DashboardLink:
    """A link to the dashboard, or how to make it where it is not there yet.

    Attributes:
      folder: of the run.
    """

    folder: pathlib.Path
    title: str = "Sequence by sequence"

    def html(self) -> Markup:
        """Returns the section's body."""
        link = Markup('<p>{}<a href="{}">{}</a>').format(_TEXT, PLACE, PLACE)
        if (self.folder / PLACE).is_file():
            return link + Markup("</p>")
        how = Markup(", once <code>jaxmotif dashboard {}</code> has been called.</p>")
        return link + how.format(self.folder.resolve().name)
