"""`jaxmotif doctor`: what is there is told as it is, what is wrong is told and ends with 1."""

import configparser
import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys

import jax
import pytest

from jaxmotif.apps import cli, doctor


def test_what_is_there():
    found = {one.what: one for one in doctor.examine()}
    assert not [one for one in found.values() if one.wrong]
    for name in ("jax", "flax", "numpy"):
        assert f"{name} {importlib.metadata.version(name)}" in found["packages"].found
    assert sum(what.startswith("device ") for what in found) == len(jax.devices())
    assert found["device 0"].found.endswith("computes") and "cpu" in found["device 0"].found
    assert found["cores"].found.startswith(f"{len(os.sched_getaffinity(0))} usable")


def test_it_looks_for_all_that_is_asked_for_at_installation():
    setup = configparser.ConfigParser()
    setup.read(pathlib.Path(__file__).parents[2] / "setup.cfg")
    names = lambda text: [re.split(r"[><=\[]", line)[0] for line in text.split("\n") if line]
    wanted = names(setup["options"]["install_requires"])
    assert set(wanted) | {"jaxlib"} == set(doctor._FIXED)
    users = {name: names(text) for name, text in setup["options.extras_require"].items()}
    for name in ("test", "docs", "cuda"):  # for developers; devices are looked at themselves
        del users[name]
    assert users.keys() == doctor._EXTRAS.keys()
    assert all(doctor._EXTRAS[name][0] in packages for name, packages in users.items())


def test_a_missing_package_and_a_broken_part_are_wrong(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_FIXED", ("numpy", "no-such-package"))

    def broken():
        raise RuntimeError("two\nlines")
        yield

    monkeypatch.setattr(doctor, "_devices", broken)
    found = {one.what: one for one in doctor.examine()}
    assert [what for what, one in found.items() if one.wrong] == ["no-such-package", "devices"]
    assert found["devices"].found == "RuntimeError: two lines" and "JASPAR" in found
    with pytest.raises(Exception, match="2 of these are wrong"):
        cli.doctor(["jaxmotif doctor"])
    assert "WRONG no-such-package" in capsys.readouterr().out


def test_a_device_that_computes_wrongly_is_wrong(monkeypatch):
    monkeypatch.setattr(jax, "device_put", lambda array, device: array + 1)
    (found,) = [one for one in doctor.examine() if one.what == "device 0"]
    assert found.wrong and found.found.endswith("computes wrongly")


def test_a_full_disk_is_wrong(monkeypatch):
    monkeypatch.setattr(doctor, "_LEAST_DISK", 1 << 62)
    assert {one.what for one in doctor.examine() if one.wrong} == {"working folder", "temporary files"}


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "jaxmotif", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("jaxmotif 0.")
    wrong = subprocess.run([sys.executable, "-m", "jaxmotif", "doctor", "me"], capture_output=True, text=True)
    assert wrong.returncode == 2 and wrong.stderr.splitlines() == ["error: doctor wants no 'me'"]
