"""One self-contained HTML page: nothing is loaded from anywhere, so it can be mailed and kept.

A Report is a title, a summary and sections; a section is anything with a `title` and an `html()`
that returns markup. Without JavaScript only sorting and filtering are lost.
"""

import base64
import gzip
import hashlib
import os
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from markupsafe import Markup

from jaxmotif import files
from jaxmotif.report import templates
from jaxmotif.report.templates import REPORT, asset

# Above this many bytes a download is compressed: browsers grow slow on data URIs of many megabytes.
COMPRESS_ABOVE = 500_000
# What is larger than this when compressed, in bytes, lies beside the page, where there is such a file.
KEEP_UP_TO = 400_000

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Cpath fill='%23109648' d='M0 3h2v5H0z'/%3E%3Cpath fill='%23255c99' d='M2 0h2v8H2z'/%3E"
    "%3Cpath fill='%23f0a30a' d='M4 2h2v6H4z'/%3E%3Cpath fill='%23d62839' d='M6 5h2v3H6z'/%3E"
    "%3C/svg%3E"
)


class Section(Protocol):
    """What a report is made of."""

    @property
    def title(self) -> str:
        """The section's heading."""

    def html(self) -> Markup:
        """Returns the section's body, all text escaped."""


@dataclass(frozen=True)
class Note:
    """A remark at the head of the page.

    Attributes:
      text: what it says.
      level: "warning" or "info".

    Raises:
      ValueError: for another level.
    """

    text: str
    level: str = "warning"

    def __post_init__(self):
        if self.level not in ("warning", "info"):
            raise ValueError(f"a note is a 'warning' or an 'info', not {self.level!r}")


@dataclass(frozen=True)
class Download:
    """A text file inside the page. Large ones are gzipped and get .gz added to their name.

    The largest, which would make the page slow, are a link to the same file beside the page, if there is one.

    Attributes:
      filename: the name under which it is saved.
      content: its text.
      label: what it holds, for the reader.
      beside: name of the same file in the page's folder; "" for none.
    """

    filename: str
    content: str
    label: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Report:
    """A page.

    Attributes:
      title: of the page, also in the browser's tab.
      subtitle: one line below it.
      headline: the few numbers to see first: (label, value) or (label, value, detail).
      details: everything else worth recording about the run: (label, value).
      notes: warnings and remarks, shown before the sections.
      sections: in the order of the page.
      downloads: files to keep in the page.
      provenance: one line at the foot of the page: versions, command, date.
      style: what the sections need beyond the style sheet of every page.
      script: what they need beyond its script.
    """

    title: str
    subtitle: str = ""
    headline: Sequence[tuple[str, ...]] = ()
    details: Sequence[tuple[str, str]] = ()
    notes: Sequence[Note] = ()
    sections: Sequence[Section] = ()
    downloads: Sequence[Download] = ()
    provenance: str = ""
    style: str = ""
    script: str = ""


class _File(NamedTuple):
    """A download as the page shows it: its content is part of the address, or it lies beside the page."""

    name: str
    address: str
    size: str
    label: str
    beside: bool = False


def document(template: str, scripts: Sequence[str], style: str = "", package: str = REPORT, **values) -> str:
    """Returns one self-contained HTML document; every page of the project is made here.

    Its content security policy forbids every load and every script but the page's own, so that even
    a motif name full of markup from a stranger's database could do nothing.

    Args:
      template: a template that extends "base.html", see `templates.render`.
      scripts: text of the page's scripts, in the order in which they run.
      style: what the page needs beyond the style sheet of every page.
      package: where the template lies.
      values: what the template shows; always `title`, `subtitle` and `provenance`.
    """
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {digests}; base-uri 'none'; form-action 'none'"
    )
    shell = {"policy": policy, "icon": _ICON, "style": asset("static/base.css") + style, "scripts": scripts}
    return str(templates.render(template, package, **shell, **values)) + "\n"


def render(report: Report) -> str:
    """Returns the report as one HTML document; see `document`."""
    return document(
        "report.html",
        [asset("static/base.js"), *([report.script] if report.script else []), asset("static/large.js")],
        asset("static/large.css") + report.style,
        title=report.title,
        subtitle=report.subtitle,
        provenance=report.provenance,
        report=report,
        notes=sorted(report.notes, key=lambda note: note.level != "warning"),
        downloads=[_file(download) for download in report.downloads],
    )


def write(path: str | os.PathLike, report: Report) -> None:
    """Writes a report into a file, at once or not at all."""
    files.write_text(path, render(report))


def _file(download: Download) -> _File:
    data, name, kind = download.content.encode(), download.filename, "text/plain;charset=utf-8"
    if len(data) > COMPRESS_ABOVE:
        # mtime=0: the same run gives the same page, byte for byte.
        packed = gzip.compress(data, mtime=0)
        if len(packed) > KEEP_UP_TO and download.beside:
            address = urllib.parse.quote(download.beside)
            return _File(name, address, _size(len(data)), download.label, beside=True)
        data, name, kind = packed, f"{name}.gz", "application/gzip"
    address = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return _File(name, address, _size(len(data)), download.label)


def _size(count: int) -> str:
    return f"{count / 1000:,.0f} kB" if count >= 1000 else f"{count} bytes"
