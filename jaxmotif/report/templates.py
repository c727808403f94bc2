"""Templates, style sheets and scripts of the pages, read from the files that lie in the packages.

A page is prepared in Python as plain records and written by Jinja2 templates, which escape all text; only
drawings (SVG, whose text their drawers escape) go in as they are. In a template a line end and the
indentation around it are layout of the file: next to a tag or a block they are nothing, in text one space.
"""

import functools
import importlib.resources
import json
import re

import jinja2
import jinja2.ext
from markupsafe import Markup

from jaxmotif.motifs.logo import logo_svg
from jaxmotif.motifs.ppm import consensus

REPORT = "jaxmotif.report"


class _Layout(jinja2.ext.Extension):
    """Takes the layout of a template's file out of what it writes."""

    def preprocess(self, source, name, filename=None):
        source = re.sub(r"\{#.*?#\}", "", source, flags=re.S)
        source = re.sub(r"(?<=>)\s*\n\s*|(?<=%\})\s*\n\s*|\s*\n\s*(?=<|\{%)", "", source.strip())
        return re.sub(r"\s*\n\s*", " ", source)


def render(name: str, package: str = REPORT, **values) -> Markup:
    """Fills in a template and returns its text.

    Args:
      name: the template's file, such as "motif_table.html".
      package: where it lies; templates that it extends or imports may lie in `jaxmotif.report` as well.
      values: what the template calls by name; one that is missing is an error.

    Raises:
      jinja2.TemplateNotFound: for a template that neither package has.
      jinja2.UndefinedError: if the template uses a value that was not given.
    """
    return Markup(environment(package).get_template(name).render(**values))


def macro(name: str, which: str, package: str = REPORT):
    """Returns one macro of a template as a function that returns markup.

    Raises:
      jinja2.TemplateNotFound: for a template that neither package has.
      AttributeError: for a macro that the template does not have.
    """
    return getattr(environment(package).get_template(name).module, which)


@functools.cache
def environment(package: str = REPORT) -> jinja2.Environment:
    """Returns the environment of a package's templates: autoescaped, and strict about missing values."""
    own = [] if package == REPORT else [jinja2.PackageLoader(package, ".")]
    found = jinja2.Environment(
        loader=jinja2.ChoiceLoader([*own, jinja2.PackageLoader(REPORT, "templates")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=[_Layout],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "consensus": consensus,
        "fmt": format,
        "logo": logo,
        "minus": minus,
        "p_value": p_value,
        "scientific": scientific,
        "web_address": web_address,
    }
    return found


@functools.cache
def asset(name: str, package: str = REPORT) -> str:
    """Returns the text of a style sheet or script that lies in a package.

    Line ends and indentation of a style sheet are left out.

    Raises:
      FileNotFoundError: if the package has no such file.
    """
    text = importlib.resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "", text) if name.endswith(".css") else text


def json_block(identifier: str, data) -> Markup:
    """Returns data as a <script> of JSON, which browsers do not run and the page's script reads.

    Raises:
      ValueError: for a number that is not finite, which JSON does not have.
    """
    # "<" could end the block early.
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return Markup('<script type="application/json" id="{}">{}</script>').format(identifier, Markup(text))


def logo(ppm, title: str = "", size: tuple[float, float] = (10, 40), **options) -> Markup:
    """Returns a logo as markup; see `logo_svg`."""
    return Markup(logo_svg(ppm, title=title, size=size, **options))


def minus(text: str) -> str:
    """Returns a number's text with a true minus sign."""
    return text.replace("-", "\u2212")


def scientific(value: float) -> str:
    """Returns a p-like value as a person writes it: 0.03, 1.2, 4e-12, 0."""
    if value == 0 or 0.001 <= value < 100:
        return f"{value:.2g}"
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def p_value(value: float) -> str:
    """Returns a p-value with its letter: "p 3e-12", "p < 1e-300" where it is too small for a number."""
    return "p < 1e-300" if value == 0 else f"p {scientific(value)}"


def web_address(url: str) -> str:
    """Returns a URL if it is a web address, and "" for any other scheme."""
    return url if url.lower().startswith(("https://", "http://")) else ""
