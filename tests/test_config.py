"""Overrides by path, dumps that reload, run directories, atomic files and named keys."""

import dataclasses
import errno
import json
import os
from typing import Literal

import jax
import numpy as np
import pytest

from jaxmotif import config, files, keys
from jaxmotif.apps import rundir


@dataclasses.dataclass(frozen=True)
class Inner:
    rate: float = 0.1
    sizes: tuple[int, ...] = (1, 2)

    def __post_init__(self):
        if self.rate <= 0:
            raise ValueError(f"rate must be above 0, got {self.rate}")


@dataclasses.dataclass(frozen=True)
class Outer:
    name: str = "a"
    count: int = 3
    flag: bool = False
    limit: int | None = None
    inner: Inner = Inner()


def test_overrides_take_the_type_of_the_field():
    changed = config.override(
        Outer(), ["name=7", "count=1e3", "flag=true", "limit=5", "inner.rate=2", "inner.sizes=(4,5,6)"]
    )
    assert changed == Outer("7", 1000, True, 5, Inner(2.0, (4, 5, 6)))
    assert isinstance(changed.count, int) and isinstance(changed.inner.rate, float)
    assert config.override(changed, ["limit=none"]).limit is None
    assert Outer() == Outer("a", 3, False, None, Inner(0.1, (1, 2)))


def test_fields_by_name_are_found_in_groups_and_checked():
    changed = config.with_fields(Outer(), count=5, rate=0.5, inner__sizes=(7,))
    assert changed == Outer(count=5, inner=Inner(0.5, (7,)))
    with pytest.raises(ValueError, match="unknown field 'counts'"):
        config.with_fields(Outer(), counts=3)
    with pytest.raises(ValueError, match="rate must be above 0, got -1"):
        config.with_fields(Outer(), rate=-1)


@pytest.mark.parametrize(
    "assignment,words",
    [
        ("count", "wants path.to.field=value, got 'count'"),
        ("counts=3", "unknown field 'counts' at 'counts'; known: name, count"),
        ("inner.size=3", "unknown field 'inner.size' at 'size'; known: rate, sizes"),
        ("inner=3", "inner is a group of fields"),
        ("name.x=3", "field 'name' of 'name.x' has no fields"),
        ("count=1e999", "count wants int, got '1e999'"),
        ("inner.rat=3", "perhaps you meant inner.rate"),
        ("rats=3", "perhaps you meant inner.rate"),
        ("count=2.5", "count wants int, got '2.5'"),
        ("count=__import__('os')", "count wants int"),
        ("flag=maybe", "flag wants true or false, got 'maybe'"),
        ("inner.sizes=(4,5", "inner.sizes wants int, got '(4'"),
        ("inner.sizes=4,5)", "inner.sizes wants int, got '5)'"),
        ("inner.rate=-1", "rate must be above 0, got -1.0"),
    ],
)
def test_bad_overrides_say_what_is_wrong(assignment, words):
    with pytest.raises(ValueError) as problem:
        config.override(Outer(), [assignment])
    assert words in str(problem.value)


def test_a_shortened_path_finds_its_field():
    assert config.override(Outer(), ["rate=2"]).inner.rate == 2
    assert config.paths(Outer()) == ["name", "count", "flag", "limit", "inner.rate", "inner.sizes"]

    @dataclasses.dataclass(frozen=True)
    class Two:
        first: Outer = Outer()
        second: Outer = Outer()
        count: int = 1

    assert config.resolve(Two(), "first.rate") == "first.inner.rate"
    assert config.resolve(Two(), "count") == "count"
    with pytest.raises(ValueError, match="did you mean first.inner.rate or second.inner.rate"):
        config.resolve(Two(), "rate")


@dataclasses.dataclass(frozen=True)
class Limited:
    rule: Literal["adam", "sgd"] = "adam"
    low: int = 1
    high: float | None = 0.5

    def __post_init__(self):
        config.check(self, at_least={"low": 1}, above={"high": 0}, below={"high": 1})


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"rule": "lion"}, "unknown rule 'lion'; known: adam, sgd"),
        ({"low": 0}, "low must be at least 1, got 0"),
        ({"high": 0.0}, "high must be above 0, got 0.0"),
        ({"high": 1.0}, "high must be below 1, got 1.0"),
        ({"high": float("nan")}, "high must be above 0, got nan"),
    ],
)
def test_choices_and_limits(fields, words):
    Limited(high=None)
    with pytest.raises(ValueError, match=words):
        Limited(**fields)


def test_a_choice_by_text():
    assert config.override(Limited(), ["rule=sgd"]).rule == "sgd"
    with pytest.raises(ValueError, match="unknown rule 'lion'; known: adam, sgd"):
        config.override(Limited(), ["rule=lion"])
    with pytest.raises(ValueError, match="unknown rule 'lion'; known: adam, sgd"):
        config.from_dict(Limited, {"rule": "lion"})


@pytest.mark.parametrize(
    "data,words",
    [
        ({"name": 5}, "name wants text, got 5"),
        ({"count": 2.5}, "count wants int, got 2.5"),
        ({"count": True}, "count wants int, got true"),
        ({"count": None}, "count wants int, got null"),
        ({"flag": "false"}, 'flag wants true or false, got "false"'),
        ({"limit": "4"}, 'limit wants int or none, got "4"'),
        ({"inner": 5}, "inner wants a group of fields, got 5"),
        ({"inner": {"rate": "1"}}, 'inner.rate wants float, got "1"'),
        ({"inner": {"sizes": 3}}, "inner.sizes wants int,..., got 3"),
        ({"inner": {"sizes": [1, 2.5]}}, "inner.sizes wants int, got 2.5"),
    ],
)
def test_a_dump_with_a_wrong_type_is_refused(data, words, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError) as problem:
        config.load(Outer, path)
    assert str(problem.value) == f"{path}: {words}"


def test_whole_numbers_are_floats_too():
    assert config.from_dict(Outer, {"inner": {"rate": 1}}).inner.rate == 1.0


def test_a_dump_reloads(tmp_path):
    settings = config.override(Outer(), ["inner.sizes=9", "limit=4"])
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config.to_dict(settings)))
    assert config.load(Outer, path) == settings
    path.write_text('{"nam": 3}')
    with pytest.raises(ValueError, match="unknown field 'nam'; known: name"):
        config.load(Outer, path)
    path.write_text("{")
    with pytest.raises(ValueError, match="is no JSON"):
        config.load(Outer, path)
    with pytest.raises(ValueError, match="cannot read config"):
        config.load(Outer, tmp_path / "none.json")


def test_a_run_directory_is_continued_refused_or_moved_aside(tmp_path):
    folder = rundir.open_run(tmp_path / "run", Outer())
    (folder / "result").write_text("kept")
    assert rundir.open_run(tmp_path / "run", Outer()) == folder
    with pytest.raises(ValueError, match=r"another config \(count: 3 -> 4\)"):
        rundir.open_run(tmp_path / "run", Outer(count=4))
    rundir.open_run(tmp_path / "run", Outer(count=4), resume=False)
    assert not (folder / "result").exists()
    assert (tmp_path / "run.old-1" / "result").read_text() == "kept"
    environment = json.loads((folder / "env.json").read_text())
    assert environment["versions"]["jax"] == jax.__version__
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file, not a directory"):
        rundir.open_run(tmp_path / "file", Outer())


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a" / "result.txt"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError):
        with files.atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["result.txt"]
    with pytest.raises(ValueError, match="cannot write"):
        files.write_text(path / "below", "x")
    with pytest.raises(ValueError):
        files.write_json(path, float("nan"))
    assert path.read_text() == "old"


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, OSError), (errno.EACCES, ValueError)])
def test_a_full_disk_is_no_bad_input(tmp_path, monkeypatch, code, kind):
    def fail(**_):
        raise OSError(code, "as it is")

    monkeypatch.setattr(files.tempfile, "mkstemp", fail)
    with pytest.raises(kind, match="cannot write .*result.txt: as it is"):
        files.write_text(tmp_path / "result.txt", "x")


def test_keys_depend_on_name_member_and_step_alone():
    data = lambda key: tuple(np.asarray(jax.random.key_data(key)).tolist())
    root = keys.root(0)
    streams = [keys.stream(root, name) for name in ("init", "step", "shuffle")]
    derived = [data(k) for k in streams]
    derived += [data(keys.member(k, i)) for k in streams for i in range(3)]
    derived += [data(keys.at(keys.member(streams[0], 1), i)) for i in range(3)]
    assert len(set(derived)) == len(derived)
    assert data(keys.stream(keys.root(0), "init")) == derived[0]
    assert data(keys.stream(keys.root(1), "init")) != derived[0]
    traced = jax.jit(lambda i: jax.random.key_data(keys.at(root, i)))(7)
    assert tuple(np.asarray(traced).tolist()) == data(keys.at(root, 7))


@pytest.mark.parametrize("text", ["1" + "0" * 400, "9" * 5000, "(" * 5000, "-" * 100_000 + "1", "1e999"])
def test_numbers_of_any_size_are_answered(text):
    for path in ("count", "inner.rate"):
        with pytest.raises(ValueError, match=f"^{path} wants (int|float), got .*$") as told:
            config.override(Outer(), [f"{path}={text}"])
        assert len(str(told.value)) < 120
    for value in (2**63, -(2**63), 10**400, 10**6000):
        with pytest.raises(ValueError, match="count wants int, got "):
            config.from_dict(Outer, {"count": value})


def test_texts_that_no_path_can_be_are_refused():
    for text in ("a\0b", "a\ud800b"):
        with pytest.raises(ValueError, match="name holds characters that no file can, got 'a"):
            config.from_dict(Outer, {"name": text})


def test_fields_by_name_keep_their_type():
    changed = config.with_fields(Outer(), count=np.int64(5), rate=1, inner__sizes=[7])
    assert changed == Outer(count=5, inner=Inner(1.0, (7,))) and type(changed.count) is int
    for wrong in ({"count": 2.5}, {"count": "x"}, {"rate": np.nan}, {"flag": 1}, {"name": object()}):
        with pytest.raises(ValueError, match="wants"):
            config.with_fields(Outer(), **wrong)


@dataclasses.dataclass(frozen=True)
class Whole:
    inner: Inner = Inner()
    group: "Group" = dataclasses.field(default_factory=lambda: Group())


@dataclasses.dataclass(frozen=True)
class Group:
    seed: int = 0
    inner: Inner = config.setting(Inner(), "analysis")
    shown: int = config.setting(5, "analysis")


def test_a_group_that_concerns_the_training_may_have_settings_of_the_analysis():
    new = config.to_dict(Whole())
    old = config.to_dict(Whole(Inner(0.2), Group(1, Inner(0.3), 6)))
    del old["group"]["shown"], new["group"]["seed"]
    found = config.changed(Whole, new, old)
    assert found == {
        "training": ["inner.rate: 0.2 -> 0.1", "group.seed: 1 -> no such setting now"],
        "analysis": ["group.inner.rate: 0.3 -> 0.1", "group.shown: no such setting then -> 5"],
        "input": [],
    }


def test_a_run_without_a_setting_of_the_analysis_is_continued_and_without_another_one_refused(tmp_path):
    place = rundir.open_run(tmp_path / "run", Whole(group=Group(3)))
    (place / "result.txt").write_text("some")
    for name, group in (("shown", "group"), ("seed", "group")):
        record = config.to_dict(Whole(group=Group(3)))
        del record[group][name]
        (place / "config.json").write_text(json.dumps(record))
        if name == "shown":
            assert rundir.open_run(place, Whole(group=Group(3))) == place
        else:
            with pytest.raises(ValueError, match=r"group\.seed: no such setting then -> 3\); choose another"):
                rundir.open_run(place, Whole(group=Group(3)))
