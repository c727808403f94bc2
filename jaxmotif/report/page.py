"""One self-contained HTML page: nothing is loaded from anywhere, so it can be mailed and kept.

A Report is a title, a summary and sections; a section is anything with a `title` and an `html()`
that returns markup with all text escaped. Without JavaScript only sorting and filtering are lost.
"""

import base64
import gzip
import hashlib
import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jaxmotif import files
from jaxmotif.report.script import SCRIPT
from jaxmotif.report.style import STYLE

# Above this many bytes a download is compressed: browsers grow slow on data URIs of many megabytes.
COMPRESS_ABOVE = 500_000

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Cpath fill='%23109648' d='M0 3h2v5H0z'/%3E%3Cpath fill='%23255c99' d='M2 0h2v8H2z'/%3E"
    "%3Cpath fill='%23f0a30a' d='M4 2h2v6H4z'/%3E%3Cpath fill='%23d62839' d='M6 5h2v3H6z'/%3E"
    "%3C/svg%3E"
)


class Section(Protocol):
    """What a report is made of."""

    title: str

    def html(self) -> str:
        """The section's body, all text escaped."""


@dataclass(frozen=True)
class Note:
    """A remark at the head of the page; level is "warning" or "info"."""

    text: str
    level: str = "warning"

    def __post_init__(self):
        if self.level not in ("warning", "info"):
            raise ValueError(f"a note is a 'warning' or an 'info', not {self.level!r}")


@dataclass(frozen=True)
class Download:
    """A text file inside the page. Large ones are gzipped and get .gz added to their name."""

    filename: str
    content: str
    label: str = ""


@dataclass(frozen=True)
class Report:
    """A page.

    Attributes:
      headline: the few numbers to see first: (label, value) or (label, value, detail).
      details: everything else worth recording about the run: (label, value).
      notes: warnings and remarks, shown before the sections.
      provenance: one line at the foot of the page: versions, command, date.
      style, script: what the sections need beyond the style sheet and the script of every page.
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


def render(report: Report) -> str:
    """The page as one HTML document.

    Its content security policy forbids every load and every script but the page's own, so that even
    a motif name full of markup from a stranger's database could do nothing.
    """
    scripts = [script for script in (SCRIPT, report.script) if script]
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {digests}; base-uri 'none'; form-action 'none'"
    )
    links = [f'<a href="#section-{i + 1}">{html.escape(s.title)}</a>' for i, s in enumerate(report.sections)]
    if report.downloads:
        links.append('<a href="#downloads">Downloads</a>')
    nav = f'<nav aria-label="Sections">{"".join(links)}</nav>' if len(links) > 1 else ""
    sections = "".join(
        f'<section id="section-{i + 1}"><h2>{html.escape(section.title)}</h2>{section.html()}</section>'
        for i, section in enumerate(report.sections)
    )
    subtitle = f'<p class="subtitle">{html.escape(report.subtitle)}</p>' if report.subtitle else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{html.escape(report.title)}</title><link rel="icon" href="{_ICON}">'
        f"<style>{STYLE}{report.style}</style></head><body>"
        f"<header><h1>{html.escape(report.title)}</h1>{subtitle}{nav}</header>"
        f"<main>{_summary(report)}{sections}{_downloads(report.downloads)}</main>"
        f"<footer>{html.escape(report.provenance)}</footer>"
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body></html>\n"
    )


def write(path: str | os.PathLike, report: Report) -> None:
    """Renders a report into a file, at once or not at all."""
    files.write_text(path, render(report))


def _summary(report: Report) -> str:
    tiles = "".join(
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}"
        f"{''.join(f'<small>{html.escape(detail)}</small>' for detail in rest)}</dd></div>"
        for label, value, *rest in report.headline
    )
    notes = "".join(
        f'<li class="{note.level}"><strong>{note.level.capitalize()}:</strong> {html.escape(note.text)}</li>'
        for note in sorted(report.notes, key=lambda note: note.level != "warning")
    )
    details = "".join(
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd></div>"
        for label, value in report.details
    )
    return (
        (f'<dl class="tiles">{tiles}</dl>' if tiles else "")
        + (f'<ul class="notes">{notes}</ul>' if notes else "")
        + (f'<dl class="facts">{details}</dl>' if details else "")
    )


def _downloads(downloads: Sequence[Download]) -> str:
    if not downloads:
        return ""
    return (
        '<section id="downloads"><h2>Downloads</h2><ul class="downloads">'
        + "".join(map(_download, downloads))
        + "</ul></section>"
    )


def _download(download: Download) -> str:
    data, name, kind = download.content.encode(), download.filename, "text/plain;charset=utf-8"
    if len(data) > COMPRESS_ABOVE:
        # mtime=0: the same run gives the same page, byte for byte.
        data, name, kind = gzip.compress(data, mtime=0), f"{name}.gz", "application/gzip"
    size = f"{len(data) / 1000:,.0f} kB" if len(data) >= 1000 else f"{len(data)} bytes"
    label = f"<span>{html.escape(download.label)}</span>" if download.label else ""
    return (
        f'<li><a download="{html.escape(name)}" '
        f'href="data:{kind};base64,{base64.b64encode(data).decode()}">'
        f"{html.escape(name)}</a> <small>{size}</small>{label}</li>"
    )
