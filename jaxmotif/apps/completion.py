"""Shell scripts that complete commands, flags and what flags may be; made from the flags themselves."""

from collections.abc import Callable, Mapping, Sequence

from absl import flags

from jaxmotif.apps import launch

SHELLS = ("bash", "zsh", "fish")


def flags_of(command: Callable[[Sequence[str]], None], name: str) -> list[flags.Flag]:
    """Returns the flags that a command defines, by name."""
    try:
        command([name, launch.LIST_FLAGS])
    except launch.FlagsListed as listed:
        return [flag for _, flag in sorted(listed.flags.items())]
    raise ValueError(f"{name} parsed no flags")


def _spellings(flag: flags.Flag) -> list[str]:
    if flag.boolean:
        return [f"--{flag.name}", f"--no{flag.name}"]
    return [f"--{flag.name}="]


def _choices(flag: flags.Flag) -> list[str]:
    return list(getattr(flag.parser, "enum_values", None) or [])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _bash(commands: Mapping[str, list[flags.Flag]]) -> str:
    cases, values = [], []
    for name, defined in commands.items():
        words = " ".join(word for flag in defined for word in _spellings(flag))
        cases.append(f"    {name}) words={_quoted(words)} ;;")
        for flag in defined:
            if _choices(flag):
                values.append(f"    {name}:--{flag.name}) words={_quoted(' '.join(_choices(flag)))} ;;")
    return "\n".join(
        [
            "# Completion of jaxmotif for bash: source <(jaxmotif completion bash)",
            "_jaxmotif() {",
            '  local current="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}" words="" flag=""',
            "  COMPREPLY=()",
            "  if (( COMP_CWORD == 1 )); then",
            f'    COMPREPLY=( $(compgen -W {_quoted(" ".join(commands))} -- "$current") )',
            "    return",
            "  fi",
            "  # bash takes --flag=value apart at the equals sign.",
            '  if [[ "$current" == "=" ]]; then flag="${COMP_WORDS[COMP_CWORD-1]}"; current=""',
            '  elif [[ "${COMP_WORDS[COMP_CWORD-1]}" == "=" ]]; then flag="${COMP_WORDS[COMP_CWORD-2]}"; fi',
            '  if [[ -n "$flag" ]]; then',
            '    case "$command:$flag" in',
            *values,
            "    esac",
            '    if [[ -n "$words" ]]; then COMPREPLY=( $(compgen -W "$words" -- "$current") )',
            '    else COMPREPLY=( $(compgen -f -- "$current") ); fi',
            "    return",
            "  fi",
            '  if [[ "$current" != -* ]]; then COMPREPLY=( $(compgen -f -- "$current") ); return; fi',
            '  case "$command" in',
            *cases,
            "  esac",
            '  COMPREPLY=( $(compgen -W "$words" -- "$current") )',
            '  if [[ "${#COMPREPLY[@]}" == 1 && "${COMPREPLY[0]}" == *= ]]; then compopt -o nospace; fi',
            "}",
            "complete -o filenames -F _jaxmotif jaxmotif",
            "",
        ]
    )


def _fish(commands: Mapping[str, list[flags.Flag]]) -> str:
    rows = [
        "# Completion of jaxmotif for fish: jaxmotif completion fish | source",
        f"complete -c jaxmotif -n __fish_use_subcommand -f -a {_quoted(' '.join(commands))}",
    ]
    for name, defined in commands.items():
        for flag in defined:
            what = _quoted(" ".join((flag.help or "").split()))
            row = f"complete -c jaxmotif -n '__fish_seen_subcommand_from {name}' -l {flag.name} -d {what}"
            if not flag.boolean:
                row += f" -x -a {_quoted(' '.join(_choices(flag)))}" if _choices(flag) else " -r"
            rows.append(row)
            if flag.boolean:
                rows.append(row.replace(f" -l {flag.name} ", f" -l no{flag.name} ", 1))
    return "\n".join([*rows, ""])


def script(shell: str, commands: Mapping[str, Callable[[Sequence[str]], None]]) -> str:
    """Returns what a shell reads to complete the commands.

    Args:
      shell: one of SHELLS.
      commands: functions of a command line, by name; each parses its flags by `launch.parse`.

    Raises:
      ValueError: for another shell.
    """
    if shell not in SHELLS:
        raise ValueError(f"shell {shell!r} is none of {', '.join(SHELLS)}")
    known = {name: flags_of(command, name) for name, command in commands.items()}
    if shell == "fish":
        return _fish(known)
    if shell == "bash":
        return _bash(known)
    # zsh reads bash's completions.
    bash = _bash(known).partition("\n")[2]
    head = "# Completion of jaxmotif for zsh: source <(jaxmotif completion zsh)"
    return f"{head}\nautoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n{bash}"
