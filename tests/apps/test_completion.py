"""Completion: what shells offer is what --help lists."""

import re
import shutil
import subprocess

import pytest

from jaxmotif.apps import cli, completion


def helped(name, capsys) -> set[str]:
    """Flags by the text of --help."""
    with pytest.raises(SystemExit) as left:
        cli.COMMANDS[name]([name, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out.partition("Flags:")[2].partition("--helpfull")[0]
    return {
        word
        for no, flag in re.findall(r"^ {1,4}--(\[no\])?(\w+):", text, re.M)
        for word in ([f"--{flag}", f"--no{flag}"] if no else [f"--{flag}="])
    }


def offered(words: list[str]) -> set[str]:
    """What bash offers for the last of these words, taken apart at = as bash does."""
    script = completion.script("bash", cli.COMMANDS)
    at = f"COMP_WORDS=({' '.join(words)!s}); COMP_CWORD={len(words) - 1}"
    run = f'{script}\ncompopt() {{ :; }}\n{at}\n_jaxmotif\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", run], capture_output=True, text=True, check=True)
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_flags_are_those_of_help(name, capsys):
    assert offered(["jaxmotif", name, "--"]) == helped(name, capsys)


def test_commands_choices_and_files(tmp_path, monkeypatch):
    assert offered(["jaxmotif", '""']) == set(cli.COMMANDS)
    assert offered(["jaxmotif", "dis"]) == {"discover"}
    assert offered(["jaxmotif", "discover", "--objective", "="]) == {"supervised", "infomax", "both"}
    assert offered(["jaxmotif", "discover", "--objective", "=", "b"]) == {"both"}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peaks.fa").write_text(">a\nACGT\n")
    assert offered(["jaxmotif", "discover", "pea"]) == {"peaks.fa"}
    assert offered(["jaxmotif", "discover", "--negatives", "=", "pea"]) == {"peaks.fa"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_read_their_script(shell, tmp_path):
    script = completion.script(shell, cli.COMMANDS)
    assert "objective" in script and "supervised" in script
    if not (program := shutil.which(shell)):
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(script)
    subprocess.run([program, "-n", str(path)], check=True)


def test_fish_has_every_flag():
    script = completion.script("fish", cli.COMMANDS)
    for name, command in cli.COMMANDS.items():
        for flag in completion.flags_of(command, name):
            assert f"'__fish_seen_subcommand_from {name}' -l {flag.name} -d " in script


def test_another_shell_is_refused():
    with pytest.raises(ValueError, match="'tcsh' is none of bash, zsh, fish"):
        completion.script("tcsh", cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_has_examples_that_could_be_typed(name, capsys):
    """Each begins with the command, and its flags are some of the command's."""
    with pytest.raises(SystemExit):
        cli.COMMANDS[name]([f"jaxmotif {name}", "--help"])
    text = capsys.readouterr().out.partition("Flags:")[0]
    examples = re.findall(rf"^\s+(?:zcat \S+ \| |source <\()?jaxmotif {name}( .*)?$", text, re.MULTILINE)
    assert len(examples) >= 2
    known = {flag.name for flag in completion.flags_of(cli.COMMANDS[name], name)}
    used = {flag for one in examples for flag in re.findall(r" --([a-z_]+)", one)}
    assert used <= known
