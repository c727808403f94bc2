"""Tables and figures of the papers: the command that makes each, and what was run of it.

    python -m experiments --list
    python -m experiments.koo_eddy --list
    python -m experiments --record=runs/koo_eddy-table1-quick

A run that was looked at is recorded in runs.json next to this file, with its scale and its commit.
"""

import dataclasses
import importlib
import pathlib
import shlex
from collections.abc import Iterable, Sequence

from absl import flags

from jaxmotif import files

# Launchers, and the config that each begins with.
PAPERS = {
    "koo_eddy": "demo",
    "demo": "table2",
    "grim": "task1",
    "neuronmotif": "demo2",
    "deep_networks": "basset",
    "readings": "planted",
}
# Flags that say of which networks or files a run is.
OF = ("runs", "published", "peaks", "compare", "network", "networks", "factors")
RUNS = pathlib.Path(__file__).with_name("runs.json")


@dataclasses.dataclass(frozen=True)
class Item:
    """One table or figure of a paper, or a number in its text.

    Attributes:
      name: as the paper has it: "Table 1".
      shows: what is in it, one line.
      config: of the launcher that makes it; "" where nothing here can.
      makes: files of the run directory that are the item.
      extra: further flags of the command, such as "--panel=DIR".
      note: what is otherwise than in the paper, or why it cannot be made.
      also: other configs whose runs hold it, too.
      launcher: that makes it, where it is not the paper's own; one of its items has the same name.
    """

    name: str
    shows: str
    config: str = ""
    makes: tuple[str, ...] = ()
    extra: str = ""
    note: str = ""
    also: tuple[str, ...] = ()
    launcher: str = ""

    def __post_init__(self):
        if bool(self.config) != bool(self.makes):
            raise ValueError(f"{self.name}: a config and the files that it makes belong together")
        if not self.config and not self.note:
            raise ValueError(f"{self.name}: nothing makes it, and no note says why")

    def command(self, paper: str) -> str:
        """Returns the command that makes it at the paper's size; "" where there is none."""
        if not self.config:
            return ""
        program = f"python -m experiments.{self.launcher or paper} --config={self.config}"
        return f"{program} {self.extra}".strip()


def of(paper: str) -> tuple[Item, ...]:
    """Returns the items of a paper, one of PAPERS."""
    return importlib.import_module(f"experiments.{paper}.items").ITEMS


def rows(papers: Iterable[str] = PAPERS) -> list[dict]:
    """Returns a row for each item: paper, item, what it shows, command, files, what was run, note."""
    recorded = files.read_json(RUNS) if RUNS.exists() else []
    found = []
    for paper in papers:
        for item in of(paper):
            of_item = (item.launcher or paper, item.name)
            runs = [run for run in recorded if of_item in ((run["paper"], name) for name in run["items"])]
            found.append(
                {
                    "paper": paper,
                    "item": item.name,
                    "shows": item.shows,
                    "command": item.command(paper),
                    "files": ", ".join(item.makes),
                    "run": "; ".join(_told(run) for run in runs)
                    or ("not yet" if item.config else "cannot be run"),
                    "note": item.note,
                }
            )
    return found


def _told(run: dict) -> str:
    other = ", ".join([*run.get("of", ()), *run["settings"]])
    return f"{run['scale']} at {run['commit']}" + (f" ({other})" if other else "")


def text(papers: Sequence[str] = PAPERS) -> str:
    """Returns all items of the papers as text, one paragraph each."""
    lines: list[str] = []
    for row in rows(papers):
        lines.append(f"{row['paper']}: {row['item']}. {row['shows']}")
        for key in ("command", "files", "run", "note"):
            if row[key]:
                lines.append(f"    {key + ':':<9}{row[key]}")
    return "\n".join(lines)


def listed(argv: Sequence[str], papers: Sequence[str]) -> bool:
    """Prints the items where --list is on the command line; returns whether it was."""
    if "--list" not in argv[1:]:
        return False
    print(text(papers))
    return True


def record(folder: str, known: pathlib.Path = RUNS) -> dict:
    """Records a run of a launcher, so that lists say when its items were made; returns what was recorded.

    Args:
      folder: the run directory; its env.json has the command line and the commit.
      known: file of the runs that are recorded.

    Raises:
      ValueError: if the folder is no run of one of the launchers, or a grid of settings, lacks files of all
        its items, parts of it failed, or its code differed from the commit.
    """
    place = pathlib.Path(folder)
    if not (place / "env.json").exists():
        raise ValueError(f"{folder} is no run directory: it has no env.json")
    environment = files.read_json(place / "env.json")
    program, *arguments = environment["argv"]
    paper = pathlib.Path(program).parent.name
    if paper not in PAPERS:
        raise ValueError(f"{folder} is a run of {shlex.join(environment['argv'])}, not of a launcher")
    commit = environment["commit"] or ""
    if not commit or "+" in commit:
        raise ValueError(f"{folder} was run by code that is no commit: {commit or 'unknown'}")
    settings = place / "config.json"
    if settings.exists() and {"axes", "search"} & files.read_json(settings).keys():
        raise ValueError(f"{folder} is a grid of settings or a search, which is no item")
    given = _flags(arguments)
    config = dict(given).get("config", PAPERS[paper])
    if (place / "failed.txt").exists():
        raise ValueError(f"parts of {folder} failed, see {place / 'failed.txt'}")
    mine = [item for item in of(paper) if config in (item.config, *item.also) and not item.launcher]
    made = [item for item in mine if all(list(place.glob(name)) for name in item.makes)]
    if not made:
        raise ValueError(f"{folder} has no item of {paper} whole")
    run = {
        "paper": paper,
        "config": config,
        "scale": dict(given).get("scale", "quick"),
        "commit": commit,
        "items": [item.name for item in made],
        "settings": [value for key, value in given if key == "set"],
        "of": [f"{key}={value}" for key, value in given if key in OF],
        "machine": f"{environment['cores']} cores, {environment['backend']}",
    }
    found = [*(files.read_json(known) if known.exists() else [])]
    files.write_json(known, [one for one in found if one != run] + [run])
    return run


def _flags(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """Flags of a command line in their order, (name, value): --name=value, --name value or --name."""
    found: list[tuple[str, str]] = []
    for argument in arguments:
        if argument.startswith("-"):
            name, _, value = argument.lstrip("-").partition("=")
            found.append((name, value))
        elif found and not found[-1][1]:
            found[-1] = (found[-1][0], argument)
    return found


def main(argv: Sequence[str]) -> None:
    """Lists the items of all papers, or records a run."""
    from jaxmotif.apps import launch

    values = flags.FlagValues()
    flags.DEFINE_bool("list", False, "List all items.", flag_values=values)
    flags.DEFINE_string("record", "", "A run directory to record.", flag_values=values)
    launch.parse(values, argv, __doc__)
    if values.record:
        run = record(values.record)
        print(f"recorded: {run['paper']} {', '.join(run['items'])}, {run['scale']} at {run['commit']}")
    else:
        print(text())
