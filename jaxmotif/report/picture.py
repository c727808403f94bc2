"""Drawn figures as sections of a report, inside the page."""

import base64
import os
import pathlib
from dataclasses import dataclass

from markupsafe import Markup

from jaxmotif import files

_KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Picture:
    """A section of one image, which the page holds.

    Attributes:
      title: of the section.
      path: a file that exists, .png or .svg.
      text: what is to be said before the image.
      alternative: what it shows, for who cannot see it; the title where it is empty.
    """

    title: str
    path: str | os.PathLike
    text: str = ""
    alternative: str = ""

    def html(self) -> Markup:
        """Returns the section's body.

        Raises:
          ValueError: for a file that is not there, or of another kind.
        """
        path = pathlib.Path(self.path)
        if path.suffix not in _KINDS:
            raise ValueError(f"{path}: a picture is one of {', '.join(_KINDS)}")
        with files.reading(path):
            data = base64.b64encode(path.read_bytes()).decode()
        lead = Markup('<p class="lead">{}</p>').format(self.text) if self.text else Markup("")
        image = Markup('<img src="{0}" alt="{1}" style="max-width:100%;background:#fff">')
        return lead + image.format(
            f"data:{_KINDS[path.suffix]};base64,{data}", self.alternative or self.title
        )
