"""Minimal malformed inputs, given to the commands: one line that names it, exit code 2, no files."""

import os
import re

import pytest

from jaxmotif.apps import cli, launch

COMMANDS = {
    r"c_.*\.json": ["discover", "--config={}"],
    r"(bom|nbsp)\.fa": ["discover", "{}"],
    r".*\.(npz|h5)": ["decode", "{}", "--layer=1"],
}


def _answer(words, capsys):
    with pytest.raises(SystemExit) as ended:
        launch.run(lambda: cli.dispatch(["jaxmotif", *words]))
    said = capsys.readouterr().err
    return ended.value.code, said


def test_every_input_is_answered(shared_cases, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = shared_cases / "malformed"
    tried = 0
    for path in sorted(folder.iterdir()):
        words = next((words for form, words in COMMANDS.items() if re.fullmatch(form, path.name)), None)
        if words is None or path.name == "trav.npz":
            continue
        tried += 1
        code, said = _answer([word.format(path) for word in words], capsys)
        assert code == launch.BAD_INPUT, (path.name, said)
        lines = said.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("error: "), (path.name, said)
        assert path.name in said or "config" in said or "seeds" in said, (path.name, said)
    assert tried >= 20
    for words in (("bad.meme.gz", "db.meme"), ("db.meme", "bad.meme.gz")):
        code, said = _answer(["match", *(str(folder / name) for name in words)], capsys)
        assert code == launch.BAD_INPUT and "bad.meme.gz" in said and said.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_control_characters_are_not_obeyed():
    assert launch.printable("a\x1b[31mb\x07\tc\n") == "a\\x1b[31mb\\x07\tc\n"
