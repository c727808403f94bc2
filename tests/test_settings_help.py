"""--help lists every setting, each with a meaning."""

import dataclasses

import pytest

from experiments.deep_networks import launcher as deep_networks
from experiments.demo import launcher as demo
from experiments.grim import launcher as grim
from experiments.koo_eddy import launcher as koo_eddy
from experiments.neuronmotif import launcher as neuronmotif
from jaxmotif import config
from jaxmotif.apps import cli, settings_help
from jaxmotif.apps.decode.settings import Settings as Decode
from jaxmotif.apps.discover.settings import Settings as Discover
from jaxmotif.interpret.class_optimization import ClassConfig

ROOTS = {
    "discover": Discover("peaks.fa"),
    "decode": Decode("weights.h5"),
    "grim": grim.build("task1", "quick", 0, []),
    "koo_eddy": koo_eddy.build("demo", "quick", "code", 0, []),
    "demo": demo.build("demo", "panel", "quick", "paper", 0, []),
    "deep_networks": deep_networks.build("basset", "data", "quick", 0, []),
    "neuronmotif": neuronmotif.build("synthetic", "quick", 0, "", "", "default", []),
    "class optimisation": ClassConfig(),
}


@pytest.mark.parametrize("root", ROOTS)
def test_every_field_has_a_meaning(root):
    missing = []
    for path, group in settings_help.groups(ROOTS[root]):
        known = settings_help.meanings(type(group))
        names = [field.name for field in dataclasses.fields(group)]
        assert set(known) <= set(names)
        missing += [f"{path}.{name}" for name in names if not known.get(name)]
    assert missing == []


@pytest.mark.parametrize("root", ROOTS)
def test_the_list_has_every_field_and_fits_100_columns(root):
    text = settings_help.settings_text(ROOTS[root])
    assert max(map(len, text.splitlines())) <= 100
    listed = [
        line.strip().split("=")[0] for line in text.splitlines() if line.startswith("    ") and line[4] != " "
    ]
    assert sorted(listed) == sorted(config.paths(ROOTS[root]))


@pytest.mark.parametrize("command", ["discover", "decode"])
@pytest.mark.parametrize("flag", ["--help", "--helpfull"])
def test_help_of_a_command_ends_with_its_settings(command, flag, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.dispatch(["jaxmotif", command, flag, "--seed=7"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert text.index("\nFlags:") < text.index("\nSettings for --set path.to.field=value")
    assert "seed=7  (int)" in text
    assert ("--flagfile" in text.split("Settings for")[0].replace("such as --flagfile", "")) == (
        flag == "--helpfull"
    )


@pytest.mark.parametrize("launcher", [grim, koo_eddy, demo, deep_networks, neuronmotif])
def test_help_of_a_launcher_ends_with_its_settings(launcher, capsys):
    with pytest.raises(SystemExit):
        launcher.main(["launcher", "--help"])
    assert "\n  train: " in capsys.readouterr().out
