"""Layers against layers, networks against networks and methods against methods: Wei et al. 2021, Fig. 3 to 5.

Everything is made from decoded layers that are there already.
"""

import pathlib
from collections.abc import Callable, Sequence

from experiments.common.panels import folder_name
from experiments.neuronmotif import (
    authors,
    decoded_runs,
    dictionaries,
    known_figures,
    known_motifs,
    leaf_figures,
    overlap,
    sheet,
)
from experiments.neuronmotif.decoded_runs import Layer
from jaxmotif import __version__, files
from jaxmotif.motifs import jaspar
from jaxmotif.report import figures, page, picture, sections, table

# Words of a gallery that are drawn into a file; the page has all.
GALLERY = 120
KNOWN = (
    "Own motifs of each neuron against known ones; p, E and q times the number of the neuron's motifs. "
    f"Boxes: neurons with q of {known_motifs.SHOWN_Q:g} or less, the {known_motifs.TOP} with the smallest, "
    "as in the paper, which takes Tomtom's q alone; above them is how many there are. Named matches also "
    "agree in informative columns and have E .01 or less: weak motifs match long, mostly flat ones at any q."
)
COUNTS = (
    "Different known motifs that are the best match of some motif, under each rule: the best named match may "
    "be another one than the best by q alone, so either count can be the larger."
)
DIAGNOSIS = (
    "One point a leaf. A consensus that does not activate the neuron lays motifs on each other that cannot "
    "stand for one another; limits of the regions are a choice. Shares are of leaves with 100 sequences or "
    "more."
)
DICTIONARY = (
    "Segments are counted as in the paper, one by one, words are merged over leaves, neurons and strands. "
    "Known motifs: different ones among all matches."
)


def run(
    folder: pathlib.Path, runs: Sequence[str], database_name: str, published: str = "", peaks: str = ""
) -> list[dict]:
    """Writes tables, figures and the page of decoded layers into `folder`; returns the rows of the table.

    Args:
      folder: of this run.
      runs: see `decoded_runs.load`.
      database_name: of known motifs.
      published: file or folder of motifs that others have published, see `authors.load`; "" for none.
      peaks: file of sequences that the other methods read, see `decoded_runs.load`; "" for none.

    Raises:
      ValueError: see `decoded_runs.load` and `authors.load`.
    """
    layers = decoded_runs.load(runs, peaks)
    for stale in (*folder.glob("figure*.*"), *folder.glob("coupling.*"), *folder.glob("published.*")):
        stale.unlink()
    database = jaspar.database(database_name)
    found = known_motifs.of_layers(layers, database)
    rows, made = [one.row() for one in found], sheet.rows(layers)
    dictionary = [dictionaries.of_layer(layer, database) for layer in dictionaries.deepest(layers)]
    counted = dictionaries.rows(dictionary)
    for name, content in (("table", rows), ("diagnosis", made), ("dictionary", counted)):
        table.write_table(folder, content, name=name)
    parts: list[page.Section] = [
        *_known(folder, found, rows),
        *_diagnosis(folder, layers, made),
        *_leaves(folder, layers, found),
        *_dictionaries(folder, dictionary, counted),
        *_published(folder, layers, published),
    ]
    _page(folder, "Layers, networks and methods", f"{len(layers)} decoded layers, {database_name}", parts)
    return rows


def run_overlap(folder: pathlib.Path) -> list[dict]:
    """Writes table, figure and page of Figure 4e into `folder`; returns the rows."""
    rows = overlap.rows()
    table.write_table(folder, rows)
    section = _picture(folder, "figure4e", "Figure 4e: what the units below a neuron see", overlap.figure)
    text = "Arithmetic on kernels and poolings; the paper prints it for four first kernels of DD-10."
    _page(folder, "Overlap of receptive fields", text, [section, sections.ResultTable("Table", rows)])
    return rows


def _picture(
    folder: pathlib.Path, name: str, title: str, draw: Callable[[pathlib.Path], object], text: str = ""
) -> picture.Picture:
    """A figure as PNG and SVG, and its section of the page."""
    for ending in ("png", "svg"):
        draw(folder / f"{name}.{ending}")
    return picture.Picture(title, folder / f"{name}.svg", text)


def _known(folder: pathlib.Path, found, rows: list[dict]) -> list[page.Section]:
    made: list[page.Section] = []
    text = f"{KNOWN} {known_motifs.read_text(found)}"
    for rule in known_motifs.RULES:
        name = "figure5a" if rule == "tomtom" else f"figure5a-{rule}"
        title = f"Figure 5a: best known motif of each neuron, {known_figures.RULE_TEXT[rule]}"
        made.append(
            _picture(
                folder,
                name,
                title,
                lambda path, rule=rule: known_figures.boxes(path, found, rule),
                text if rule == "tomtom" else "",
            )
        )
    title = "Figures 5b and 5c: known motifs of the deepest layers"
    draw = lambda path: known_figures.counts(path, found)
    text = f"{COUNTS} {known_motifs.read_text(known_motifs.deepest(found))}"
    made.append(_picture(folder, "figure5bc", title, draw, text))
    # What was read is in the text above; as a column it would make every row three lines high.
    shown = [{key: value for key, value in row.items() if key != "read"} for row in rows]
    return [*made, sections.ResultTable("Known motifs by layer and method", shown, bars=())]


def _diagnosis(folder: pathlib.Path, layers: Sequence[Layer], made: list[dict]) -> list[page.Section]:
    title = "Figures 4b to 4d: diagnosis of all layers"
    parts: list[page.Section] = [
        _picture(folder, "figure4bc", title, lambda path: sheet.figure(path, layers), DIAGNOSIS),
        sections.ResultTable("Dead neurons and regions (Figure 4a)", made, bars=sheet.NAMES),
    ]
    drawn = [sheet.coupling_figure(folder / f"coupling.{ending}", made) for ending in ("png", "svg")]
    if all(drawn):
        parts.append(picture.Picture("Coupling and mixture", folder / "coupling.svg"))
    return parts


def _leaves(folder: pathlib.Path, layers: Sequence[Layer], found) -> list[page.Section]:
    """Figures 3a and 3b of each layer with several leaves, 3c of each network's first such layer."""
    ours = {(one.network, one.layer): one for one in found if one.method == "NeuronMotif"}
    parts: list[page.Section] = []
    seen: set[str] = set()
    for layer in layers:
        if layer.decoded.leaves < 2:
            continue
        place = f"{folder_name(layer.network).replace(' ', '-')}-layer{layer.number}"
        known = ours[layer.network, layer.number]
        neuron = leaf_figures.chosen(known)
        if neuron is not None:
            title = f"Figure 3a, b: neuron {layer.decoded.neurons[neuron]} of {layer.title}"
            rows = leaf_figures.rows(layer, known, neuron)
            parts.append(_logos(folder, f"figure3-{place}", title, rows))
        pair = leaf_figures.twins(layer) if layer.network not in seen else None
        seen.add(layer.network)
        if pair is not None:
            channels = [int(layer.decoded.neurons[index]) for index in pair[:2]]
            title = (
                f"Figure 3c: neurons {channels[0]} and {channels[1]} of {layer.title}, the most alike on "
                f"opposite strands (strongest leaves, *: {pair.likeness:.2f})"
            )
            rows = leaf_figures.twin_rows(layer, pair)
            parts.append(_logos(folder, f"figure3c-{place}", title, rows))
    return parts


def _logos(folder: pathlib.Path, name: str, title: str, rows) -> picture.Picture:
    heading = title.partition(": ")[2]
    return _picture(folder, name, title, lambda path: leaf_figures.figure(path, heading, rows))


def _dictionaries(folder: pathlib.Path, found, counted: list[dict]) -> list[page.Section]:
    parts: list[page.Section] = [sections.ResultTable("Dictionary counts", counted, DICTIONARY, bars=())]
    for one in found:
        words = dictionaries.gallery(one)
        if not words:
            continue
        title = one.layer.title
        for ending in ("png", "svg"):
            name = f"figure5d-{folder_name(one.layer.network).replace(' ', '-')}.{ending}"
            figures.logo_panel(folder / name, {title: words[:GALLERY]})
        text = "Of each known motif the word with the smallest q that it may name, on that motif's strand."
        parts.append(sections.LogoPanel(f"Figure 5d: {title}", {title: words}, text))
    return parts


def _published(folder: pathlib.Path, layers: Sequence[Layer], path: str) -> list[page.Section]:
    if not path:
        return []
    rows = authors.rows(layers, authors.load(path))
    table.write_table(folder, rows, name="published")
    return [sections.ResultTable("Beside published motifs", rows, authors.TEXT, bars=())]


def _page(folder: pathlib.Path, title: str, subtitle: str, parts: Sequence[page.Section]) -> None:
    environment = files.read_json(folder / "env.json")
    tables = [
        name for name in ("table", "diagnosis", "dictionary", "published") if (folder / f"{name}.md").exists()
    ]
    page.write(
        folder / "report.html",
        page.Report(
            title=title,
            subtitle=f"{subtitle} (Wei et al. 2021)",
            sections=parts,
            downloads=[page.Download(f"{name}.md", (folder / f"{name}.md").read_text()) for name in tables],
            provenance=f"jaxmotif {__version__}, commit {environment['commit'] or 'unknown'}",
        ),
    )
