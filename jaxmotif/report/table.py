"""Result tables: rows of measured values beside the published ones, as JSON and as aligned text.

A row is a plain dict. A value that is itself a dict is a measurement,
`{"mean": float, "sd": float | None, "published": float | None, "published_sd": float | None}`, all
keys but "mean" optional; "low" and "high", the ends of an interval, are shown instead of "sd". Text and
single numbers (model, trials, ...) are shown as they are; lists, arrays and other dicts (per-class values,
settings) are for machines: kept in the JSON, left out of the text.
"""

import math
import os
import pathlib
from collections.abc import Mapping, Sequence

from jaxmotif import files

TITLES = {
    "auroc": "AUROC",
    "aupr": "AUPR",
    "tpr": "TPR",
    "tpr_of_informative": "TPR of informative",
    "fpr_of_informative": "FPR of informative",
    "fpr": "FPR",
    "match_any": "match any",
    "n": "n",
    "match_any_without_gmeb1": "match any, no Gmeb1",
    "relevant": "relevant match",
}
MISSING = "-"


def write_table(folder: str | os.PathLike, rows: Sequence[Mapping], *, name: str = "table") -> None:
    """Writes <name>.json (the rows) and <name>.md (format_table) into `folder`.

    JSON has no NaN, so non-finite numbers become null there and "-" in the text.
    """
    folder = pathlib.Path(folder)
    files.write_json(folder / f"{name}.json", [_finite(row) for row in rows])
    files.write_text(folder / f"{name}.md", format_table(rows))


def format_table(rows: Sequence[Mapping]) -> str:
    """Returns a Markdown table that lines up as plain text too, published values next to ours.

    Columns come in the order in which the rows first name them; a row without a value shows "-".
    A "published" column is there only where some row has a published value.
    """
    if not rows:
        return "(no rows)\n"
    header, body = cells(rows)
    numeric = [all(_is_number(line[i]) or line[i] == MISSING for line in body) for i in range(len(header))]
    widths = [max(3, *(len(line[i]) for line in [header, *body])) for i in range(len(header))]

    def join(line):
        padded = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        )
        return "| " + " | ".join(padded) + " |"

    rule = ("-" * (width - right) + ":" * right for width, right in zip(widths, numeric, strict=True))
    return "\n".join([join(header), "| " + " | ".join(rule) + " |", *map(join, body)]) + "\n"


def cells(rows: Sequence[Mapping]) -> tuple[list[str], list[list[str]]]:
    """Returns the header and the lines of a table as text; see format_table."""
    keys = columns(rows)
    header, lines = [], [[] for _ in rows]
    for key in keys:
        values = [row.get(key) for row in rows]
        header.append(column_title(key))
        if not is_measured(rows, key):
            for line, value in zip(lines, values, strict=True):
                line.append(_plain(value))
            continue
        measured = [value if isinstance(value, Mapping) else {"mean": value} for value in values]
        for line, value in zip(lines, measured, strict=True):
            line.append(_measurement(value))
        if any(number(value.get("published")) is not None for value in measured):
            header.append("(paper)")
            for line, value in zip(lines, measured, strict=True):
                line.append(with_sd(value.get("published"), value.get("published_sd")))
    return header, lines


def columns(rows: Sequence[Mapping]) -> list[str]:
    """Returns the keys that can be shown, in order of first appearance."""
    keys = dict.fromkeys(key for row in rows for key in row)
    return [key for key in keys if all(_is_shown(row.get(key)) for row in rows)]


def is_measured(rows: Sequence[Mapping], key: str) -> bool:
    """Returns whether a column holds measurements (dicts with a mean) rather than plain values."""
    return any(isinstance(row.get(key), Mapping) for row in rows)


def column_title(key: str) -> str:
    """Returns how a key is written at the head of its column."""
    return TITLES.get(key, key.replace("_", " "))


def with_sd(mean, sd=None) -> str:
    """Returns "0.973 ± 0.002", "0.973" where the deviation is unknown, "-" where the mean is."""
    mean, sd = number(mean), number(sd)
    if mean is None:
        return MISSING
    return f"{mean:.3f}" if sd is None else f"{mean:.3f} ± {sd:.3f}"


def _measurement(value: Mapping) -> str:
    """The mean with its interval, 0.973 (0.961 to 0.980), where an interval is known, else as `with_sd`."""
    mean, low, high = (number(value.get(key)) for key in ("mean", "low", "high"))
    if mean is None or low is None or high is None:
        return with_sd(mean, value.get("sd"))
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


def number(value) -> float | None:
    """Returns `value` as a finite float, or None for None, NaN and infinities."""
    if value is None or isinstance(value, (str, bool)):
        return None
    value = float(value)
    return value if math.isfinite(value) else None


def _is_shown(value) -> bool:
    if isinstance(value, Mapping):
        return "mean" in value
    return not isinstance(value, (list, tuple, set)) and getattr(value, "ndim", 0) == 0


def _plain(value) -> str:
    if value is None:
        return MISSING
    if isinstance(value, float) or hasattr(value, "dtype"):
        value = number(value)
        return MISSING if value is None else f"{value:.6g}"
    # A bar or a line end inside a cell would break the Markdown row.
    return " ".join(str(value).split()).replace("|", "\\|")


def _is_number(text: str) -> bool:
    try:
        float(text.split(" ± ")[0].split(" (")[0])
    except ValueError:
        return False
    return True


def _finite(value):
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):  # numpy and jax scalars and arrays
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
