"""Sequence logos as vector outlines: compact inline SVG, and matplotlib axes.

The letters are outlines of our own on a 100 x 100 grid, so a logo needs no font and every
letter fills its box exactly: a letter's drawn height is its value, to the rounding of the grid.
"""

import functools
import html
import os
import typing
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs.ppm import information_content

LETTERS = "ACGT"
COLORS = {"A": "#109648", "C": "#255c99", "G": "#f0a30a", "T": "#d62839", "U": "#d62839"}
COLUMN = 60  # SVG units a column is wide
HEIGHT = 240  # SVG units a logo is high

# Moves, lines, cubic curves: (command, points), y pointing down, 0..100 both ways. The counter of
# the A runs against its outline, so that it stays a hole under the non-zero winding rule of SVG and
# matplotlib alike. No control point leaves the box, so its extent is the letter's.
OUTLINES = {
    "A": [
        ("M", (0, 100)),
        ("L", (37, 0)),
        ("L", (63, 0)),
        ("L", (100, 100)),
        ("L", (77, 100)),
        ("L", (69, 77)),
        ("L", (31, 77)),
        ("L", (23, 100)),
        ("Z", ()),
        ("M", (37, 59)),
        ("L", (63, 59)),
        ("L", (50, 20)),
        ("Z", ()),
    ],
    "C": [
        ("M", (100, 33)),
        ("C", (94, 12, 76, 0, 53, 0)),
        ("C", (20, 0, 0, 20, 0, 50)),
        ("C", (0, 80, 20, 100, 53, 100)),
        ("C", (76, 100, 94, 88, 100, 67)),
        ("L", (77, 60)),
        ("C", (73, 74, 65, 81, 53, 81)),
        ("C", (34, 81, 24, 70, 24, 50)),
        ("C", (24, 30, 34, 19, 53, 19)),
        ("C", (65, 19, 73, 26, 77, 40)),
        ("Z", ()),
    ],
    "G": [
        ("M", (98, 31)),
        ("C", (92, 11, 76, 0, 53, 0)),
        ("C", (20, 0, 0, 20, 0, 50)),
        ("C", (0, 80, 20, 100, 53, 100)),
        ("C", (73, 100, 90, 93, 100, 82)),
        ("L", (100, 45)),
        ("L", (53, 45)),
        ("L", (53, 63)),
        ("L", (78, 63)),
        ("L", (78, 73)),
        ("C", (72, 78, 64, 81, 53, 81)),
        ("C", (35, 81, 24, 70, 24, 50)),
        ("C", (24, 30, 35, 19, 53, 19)),
        ("C", (65, 19, 72, 25, 76, 37)),
        ("Z", ()),
    ],
    "T": [
        ("M", (0, 0)),
        ("L", (100, 0)),
        ("L", (100, 19)),
        ("L", (61, 19)),
        ("L", (61, 100)),
        ("L", (39, 100)),
        ("L", (39, 19)),
        ("L", (0, 19)),
        ("Z", ()),
    ],
    "U": [
        ("M", (0, 0)),
        ("L", (24, 0)),
        ("L", (24, 62)),
        ("C", (24, 75, 33, 81, 50, 81)),
        ("C", (67, 81, 76, 75, 76, 62)),
        ("L", (76, 0)),
        ("L", (100, 0)),
        ("L", (100, 62)),
        ("C", (100, 86, 84, 100, 50, 100)),
        ("C", (16, 100, 0, 86, 0, 62)),
        ("Z", ()),
    ],
}


def information_heights(ppm, background: Sequence[float] | None = None) -> np.ndarray:
    """Returns the letter heights of an information-content logo.

    Schneider & Stephens 1990: a column is as high as its information content (relative entropy to
    the background, uniform if None), and each letter takes its probability's share of it.

    Returns:
      (W, 4) float64, bits, columns A C G T.

    Raises:
      ValueError: if `ppm` is no PPM of shape (W, 4) or `background` no background.
    """
    return np.asarray(ppm, np.float64) * information_content(ppm, background)[:, None]


def stack(heights) -> list[tuple[int, int, float, float]]:
    """Returns where each letter of a logo stands.

    Args:
      heights: (W, 4); positive letters stack upwards from 0 with the largest on top, negative ones
        downwards with the largest at the bottom.

    Returns:
      (column, letter index, base, height) per letter that is not zero; the letter spans
      base .. base + height, and a negative height means that it hangs below its base.
    """
    heights = _matrix(heights)
    letters = []
    for column, row in enumerate(heights):
        up = down = 0.0
        for letter in np.argsort(np.abs(row), kind="stable"):
            value = float(row[letter])
            if value > 0:
                letters.append((column, int(letter), up, value))
                up += value
            elif value < 0:
                letters.append((column, int(letter), down, value))
                down += value
    return letters


def logo_svg(  # noqa: PLR0913 - one keyword per thing that can be drawn differently
    matrix,
    *,
    scale: str = "bits",
    background: Sequence[float] | None = None,
    limits: tuple[float, float] | None = None,
    title: str = "",
    columns: int | None = None,
    offset: int = 0,
    size: tuple[float, float] = (10, 40),
    alphabet: str = LETTERS,
) -> str:
    """Returns one logo as an inline <svg>: four paths, no fonts, no ids, nothing loaded.

    Letters lower than half a drawing unit (1/480 of the logo's height) cannot be seen and are left
    out.
    Paths carry the class of their letter (A, C, G, T or U), so that a page may recolour them.

    Args:
      matrix: (W, 4), A C G T: a PPM, or plain letter heights, possibly negative, for scale="raw".
      scale: "bits" (information content), "probability" (the PPM itself), or "raw".
      background: for "bits", see information_heights.
      limits: (lowest, highest) value of the y axis. Default: 0..2 bits (more if a background makes
        a column higher), 0..1, or the range of the stacks for "raw".
      title: text alternative; an empty one marks the drawing as decoration.
      columns, offset: draws on a canvas of `columns` columns, the first letter at column `offset`,
        to put one logo under another.
      size: CSS pixels of one column's width and of the whole height; a style sheet may overrule
        them.
      alphabet: the four letters, "ACGT" or "ACGU".

    Raises:
      ValueError: for a wrong shape or scale, limits that do not increase, or a logo off its canvas.
    """
    heights = _heights(matrix, scale, background)
    width = heights.shape[0]
    columns = width + offset if columns is None else columns
    if offset < 0 or offset + width > columns:
        raise ValueError(f"{width} columns at offset {offset} do not fit into {columns}")
    low, high = limits or _limits(heights, scale)
    if not low < high:
        raise ValueError(f"limits must increase, got {low} and {high}")
    unit = HEIGHT / (high - low)
    paths = {letter: [] for letter in alphabet}
    for column, letter, base, value in stack(heights):
        if abs(value) * unit >= 0.5:
            box = (COLUMN * (column + offset), (high - base - value) * unit, COLUMN, value * unit)
            paths[alphabet[letter]].append(glyph_path(alphabet[letter], box))
    body = "".join(
        f'<path class="{letter}" fill="{COLORS[letter]}" d="{"".join(parts)}"/>'
        for letter, parts in paths.items()
        if parts
    )
    name = html.escape(title, quote=True)
    role = f'role="img" aria-label="{name}"' if title else 'aria-hidden="true"'
    line = round(high * unit)
    return (
        f'<svg class="logo" xmlns="http://www.w3.org/2000/svg" {role} preserveAspectRatio="none" '
        f'width="{size[0] * columns:g}" height="{size[1]:g}" '
        f'viewBox="0 0 {COLUMN * columns} {HEIGHT}">'
        f"{f'<title>{name}</title>' if title else ''}"
        f'<path class="base" fill="none" stroke="#999" stroke-width="2" '
        f'd="M0 {line}H{COLUMN * columns}"/>{body}</svg>'
    )


def draw_logo(
    ax,
    matrix,
    *,
    scale: str = "bits",
    background: Sequence[float] | None = None,
    limits: tuple[float, float] | None = None,
    colors: dict[str, str] | None = None,
    alphabet: str = LETTERS,
):
    """Draws a logo on matplotlib axes as one PathCollection; column i spans i .. i + 1.

    Arguments as for logo_svg. Sets the limits of both axes, and returns the collection.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    heights = _heights(matrix, scale, background)
    low, high = limits or _limits(heights, scale)
    paths = letter_paths(heights, alphabet)
    collection = PathCollection(
        [Path(vertices, codes) for vertices, codes in paths.values()],
        facecolors=[(colors or COLORS)[letter] for letter in paths],
        linewidths=0,
    )
    ax.add_collection(collection, autolim=False)
    ax.set_xlim(0, heights.shape[0])
    ax.set_ylim(low, high)
    return collection


def letter_paths(heights, alphabet: str = LETTERS) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns the outlines of all letters of a logo, by letter; those without height are left out.

    Args:
      heights: (W, 4), see `stack`; `information_heights` makes them of a PPM.
      alphabet: the four letters, "ACGT" or "ACGU".

    Returns:
      letter -> (vertices (P, 2), matplotlib path codes (P,)); column i spans i .. i + 1, upwards is up.
    """
    vertices: dict[str, list[np.ndarray]] = {letter: [] for letter in alphabet}
    for column, letter, base, value in stack(heights):
        points, _ = _glyph(alphabet[letter])
        # Outlines point down, axes point up: the letter's top is at base + value.
        vertices[alphabet[letter]].append(points * (0.01, -0.01 * value) + (column, base + value))
    return {
        letter: (np.concatenate(parts), np.tile(_glyph(letter)[1], len(parts)))
        for letter, parts in vertices.items()
        if parts
    }


def plot_logo(motif, ax=None, path: str | os.PathLike | None = None, scale: str = "bits"):
    """Draws a motif with matplotlib.

    Args:
      motif: a `Motif`, or a matrix (W, 4), A C G T.
      ax: axes to draw on; by default those of a new figure.
      path: file to write the figure to, .png, .pdf or .svg; None writes nothing.
      scale: "bits" (information content), "probability", or "raw" (letter heights, possibly negative).

    Returns:
      the axes.

    Raises:
      ValueError: for a wrong shape or scale.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> ax = jm.plot_logo(jm.Motif("TATA", np.eye(4)[[3, 0, 3, 0]], nsites=20), path="tata.svg")
      >>> ax.get_title(), ax.get_ylabel()
      ('TATA', 'bits')
    """
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    matrix = getattr(motif, "ppm", motif)
    heights = _heights(matrix, scale, None)  # before a figure is made in vain
    new = ax is None
    if new:
        size = (max(0.25 * len(heights), 1.5) + 0.8, 1.6)
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
    draw_logo(ax, matrix, scale=scale, alphabet=getattr(motif, "alphabet", LETTERS))
    ax.set_ylabel({"bits": "bits", "probability": "probability"}.get(scale, ""))
    ax.set_title(getattr(motif, "alt_name", "") or getattr(motif, "name", ""), fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
    if path is not None:
        drawn = typing.cast(Figure, ax.get_figure(root=True))
        drawn.savefig(path)
        if new:
            pyplot.close(drawn)
    return ax


def _matrix(values) -> np.ndarray:
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or values.shape[1] != 4 or values.shape[0] == 0:
        raise ValueError(f"a logo needs a matrix of shape (W, 4), got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("a logo cannot show NaN or infinite values")
    return values


def _heights(matrix, scale, background) -> np.ndarray:
    if scale == "bits":
        return information_heights(matrix, background)
    if scale in ("probability", "raw"):
        return _matrix(matrix)
    raise ValueError(f"scale must be 'bits', 'probability' or 'raw', got {scale!r}")


def _limits(heights: np.ndarray, scale: str) -> tuple[float, float]:
    top = float(np.where(heights > 0, heights, 0).sum(axis=1).max())
    if scale == "bits":
        return 0.0, max(2.0, top)
    if scale == "probability":
        return 0.0, 1.0
    bottom = float(np.where(heights < 0, heights, 0).sum(axis=1).min())
    return (bottom, top) if bottom < top else (0.0, 1.0)


@functools.cache
def _glyph(letter: str) -> tuple[np.ndarray, np.ndarray]:
    """(P, 2) vertices and (P,) matplotlib path codes of a letter."""
    code = {"M": 1, "L": 2, "C": 4, "Z": 79}
    points, codes = [], []
    for command, numbers in OUTLINES[letter]:
        numbers = numbers or (0, 0)  # a closing vertex is ignored, but must be there
        points += zip(numbers[::2], numbers[1::2], strict=True)
        codes += [code[command]] * (len(numbers) // 2)
    return np.array(points, np.float64), np.array(codes, np.uint8)


def glyph_path(letter: str, box: tuple[float, float, float, float]) -> str:
    """Returns path data of a letter in the box (left, top, width, height): one absolute M, then relative.

    Coordinates are rounded before differences are taken, so rounding does not add up.
    """
    left, top, width, height = box
    out, at, start = [], (0, 0), (0, 0)
    for command, numbers in OUTLINES[letter]:
        if command == "Z":
            out.append("z")
            at = start
            continue
        points = [
            (round(left + x * width / 100), round(top + y * height / 100))
            for x, y in zip(numbers[::2], numbers[1::2], strict=True)
        ]
        first = not out
        shown = points if first else [(x - at[0], y - at[1]) for x, y in points]
        data = " ".join(f"{x} {y}" for x, y in shown).replace(" -", "-")
        out.append((command if first else command.lower()) + data)
        at = points[-1]
        if command == "M":
            start = at
    return "".join(out)
