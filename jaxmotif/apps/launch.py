"""What every entry shares: flags, one clear line for bad input, and exit codes."""

import atexit
import contextlib
import errno
import inspect
import logging as python_logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from typing import Any, NoReturn

from absl import flags, logging

from jaxmotif import cores, memory, processes
from jaxmotif.apps import device_flags, lock
from jaxmotif.errors import Failed, Interrupted, Lost

BAD_INPUT, INTERRUPTED = 2, 130


def experiment_flags(values: flags.FlagValues, configs: Sequence[str], scales: Sequence[str]) -> None:
    """Defines the flags that all launchers share."""
    flags.DEFINE_string(
        "config", configs[0], f"One of {', '.join(configs)}, or a dumped config.json.", flag_values=values
    )
    flags.DEFINE_multi_string(
        "set", [], "path.to.field=value, overrides one field; repeatable.", flag_values=values
    )
    flags.DEFINE_multi_string(
        "sweep", [], "path.to.field=value,value,...: an axis of a grid; repeatable.", flag_values=values
    )
    flags.DEFINE_enum("scale", "quick", scales, "How much to compute.", flag_values=values)
    flags.DEFINE_string("workdir", None, "Run directory; default runs/<config>-<scale>.", flag_values=values)
    flags.DEFINE_string("data_dir", "data", "Where prepared data sets are kept.", flag_values=values)
    flags.DEFINE_integer("seed", 0, "Root seed of everything random.", flag_values=values)
    run_flags(values)


def run_flags(values: flags.FlagValues) -> None:
    """Defines the flags of every command that has a run directory."""
    input_flags(values)
    flags.DEFINE_bool(
        "resume",
        True,
        "Continue what the run directory holds; --noresume moves it aside and starts over.",
        flag_values=values,
    )

    flags.DEFINE_bool(
        "deterministic",
        False,
        f"Same bytes on any number of cores: work is cut for {cores.FIXED} threads. Processors of other "
        "instructions may still differ.",
        flag_values=values,
    )
    device_flags.of_training(values)
    device_flags.of_processes(values)


def input_flags(values: flags.FlagValues) -> None:
    """Defines the flags of every command that reads a user's files."""
    flags.DEFINE_integer(
        "gzip_limit",
        memory.gzip_limit,
        "How many times larger than its gzip a file of text may be.",
        lower_bound=1,
        flag_values=values,
    )


def network_flags(values: flags.FlagValues) -> None:
    """Defines the flags of every command that opens a trained network."""
    flags.DEFINE_string("network", "", "Which of several networks of RUN.", flag_values=values)
    flags.DEFINE_string(
        "alphabet", "ACGT", "Order of the input channels of a file of weights.", flag_values=values
    )
    flags.DEFINE_enum(
        "task",
        None,
        ["multilabel", "multiclass", "regression", "counts"],
        "What a file's network was trained for, where its last layer is linear; default: multilabel, its "
        "values are logits.",
        flag_values=values,
    )
    device_flags.of_reading(values)
    foreign_flags(values)


def foreign_flags(values: flags.FlagValues) -> None:
    """Defines how files of other programs are opened; see `opening.options`."""
    define = {"flag_values": values}
    flags.DEFINE_string("architecture", "", "JSON or model file, where the weights lie apart.", **define)
    flags.DEFINE_string(
        "head", "", "Output of a file's network to read; default: all of one vector.", **define
    )
    flags.DEFINE_integer(
        "position",
        None,
        "Of a head with positions, the one to read, from 0; default: their sum.",
        0,
        **define,
    )
    flags.DEFINE_integer("length", 0, "Nt, where a file's network reads any length.", 0, **define)
    flags.DEFINE_multi_string("input", [], "NAME=NUMBER or NAME=FILE.npy of a further input.", **define)
    flags.DEFINE_string(
        "custom_objects", "", "Your Python file with the layers that a file's network is made of.", **define
    )
    flags.DEFINE_bool(
        "safe_mode", True, "--nosafe_mode runs Python code that lies in a file; it may do anything.", **define
    )
    flags.DEFINE_string("module", "", "package.module:Class that weights of PyTorch are of.", **define)
    flags.DEFINE_string("reference", "", "An .npz of x and y, to compare a file's network with.", **define)


def table_flags(values: flags.FlagValues) -> None:
    """Defines the flags of every command that writes a table of what a network says."""
    flags.DEFINE_list("classes", [], "Classes to tell of; default: all.", flag_values=values)
    network_flags(values)
    flags.DEFINE_string("out", "-", "File to write; - is standard output.", flag_values=values)
    input_flags(values)


def genome_flags(values: flags.FlagValues) -> None:
    """Defines the flags of every command that cuts sequences out of a genome."""
    flags.DEFINE_string("genome", "", "FASTA (.gz of bgzip too) or 2bit.", flag_values=values)
    flags.DEFINE_enum(
        "repeats", "keep", ["keep", "mask"], "Lower case, of sequences too: mask is N.", flag_values=values
    )


# The only argument of a command whose flags are asked for, by `FlagsListed`.
LIST_FLAGS = "--list_flags_of_the_command"


class FlagsListed(Exception):
    """Raised by `parse` in place of what the command does; its flags by name."""

    def __init__(self, values: flags.FlagValues):
        super().__init__("flags are listed")
        self.flags: dict[str, flags.Flag] = {name: values[name] for name in values}


_HELP = ("--help", "-help", "-h", "--helpfull", "-helpfull")


def parse(
    values: flags.FlagValues,
    argv: Sequence[str],
    usage: str | None,
    settings: Callable[[], Any] | None = None,
) -> list[str]:
    """Parses `argv` (program name first) and returns the positional arguments.

    Args:
      values: the flags that are defined; filled in.
      argv: the command line.
      usage: what --help says first.
      settings: makes the dataclass that the command starts from, out of the flags; --help lists its fields.

    Raises:
      SystemExit: 0 after --help; 2 with one line for unknown flags or bad values. In processes that follow
        another one, with its exit code, once that has ended.
      FlagsListed: where `LIST_FLAGS` is all there is.
    """
    if list(argv[1:]) == [LIST_FLAGS]:
        raise FlagsListed(values)
    asked = [argument for argument in argv[1:] if argument in _HELP]
    try:
        rest = values([argument for argument in argv if argument not in _HELP])[1:]
    except flags.Error as error:
        rest = []
        if not asked:
            fail(str(error).splitlines()[0])
    if asked:
        print(_help(values, usage, settings, full=any("helpfull" in one for one in asked)))
        raise SystemExit(0)
    if "gzip_limit" in values:
        memory.gzip_limit = values.gzip_limit
    device_flags.choose(values)
    return rest


def _help(values: flags.FlagValues, usage: str | None, settings: Callable[[], Any] | None, full: bool) -> str:
    text = inspect.cleandoc(usage or "") + "\n\nFlags:\n"
    text += values.get_help(prefix="  ", include_special_flags=full).rstrip()
    if not full:
        text += "\n\n--helpfull also lists the flags of every absl program, such as --flagfile."
    if settings is None:
        return text
    # Here, since not every command has settings.
    from jaxmotif.apps.settings_help import settings_text

    return (
        f"{text}\n\nSettings for --set path.to.field=value, with defaults as the flags make them.\n"
        "Groups that a path passes through can be left out where the rest names one field only.\n\n"
        + settings_text(settings())
    )


def fail(message: str) -> None:
    """Ends the program with one line on stderr and the exit code for bad input."""
    print(printable(f"error: {' '.join(message.split())}"), file=sys.stderr)
    raise SystemExit(BAD_INPUT)


def printable(text: str) -> str:
    """Returns a text without characters that a terminal would obey: names in files may hold them."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def run(main: Callable[[], None]) -> None:
    """Runs `main`; input errors become one line and exit code 2, signals their usual exit code."""
    with processes.ending(lock.release_all):
        _run(main)


def _run(main: Callable[[], None]) -> None:
    cores.fix_threads(sys.argv)
    if not flags.FLAGS.is_parsed():  # else absl says that it logs before flags are parsed
        flags.FLAGS.mark_as_parsed()
    logging.use_absl_handler()
    logging.set_verbosity(logging.WARNING)
    # Orbax logs the tracebacks of all its threads; what went wrong is raised as well, and told in one line.
    logging.get_absl_logger().addFilter(_is_not_of_orbax)
    # Of several writes that fail together asyncio raises one, and logs the others when they are collected.
    python_logging.getLogger("asyncio").addFilter(_was_retrieved)
    # One line for the user, without the place in our code.
    warnings.formatwarning = lambda message, *_, **__: (
        f"warning: {printable(' '.join(str(message).split()))}\n"
    )
    asked: list[int] = []  # signals that came, whatever became of the exception that they raised
    try:
        with _interruptible(asked):
            main()
    except Interrupted as stop:
        leave(str(stop), stop.code)
    except KeyboardInterrupt:
        leave("interrupted", INTERRUPTED)
    except ValueError as error:
        if asked:
            leave("interrupted", INTERRUPTED)
        if os.environ.get("JAXMOTIF_TRACEBACK"):  # for developers
            raise
        fail(str(error))
    except (FloatingPointError, Failed, Lost) as error:
        _end(str(error))
    except BrokenPipeError:
        # The reader, `head` say, has what it wanted. Python would complain again while closing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if asked:
            leave("interrupted", INTERRUPTED)  # a library made another error of it
        if os.environ.get("JAXMOTIF_TRACEBACK") or not (reason := _reason(error)):
            raise
        if isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR):
            fail(reason)  # a path that cannot be, wherever it is first looked at
        _end(reason)
    if asked:
        leave("interrupted", INTERRUPTED)


def _is_not_of_orbax(record) -> bool:
    return "orbax" not in record.pathname


def _was_retrieved(record) -> bool:
    return "exception was never retrieved" not in record.getMessage()


def _end(message: str) -> NoReturn:
    """Ends a run that could not be done, though nothing was wrong with its input."""
    print(printable(f"error: {' '.join(message.split())}"), file=sys.stderr)
    raise SystemExit(1)


def _reason(error: Exception) -> str:
    """What is to be said of an error of the machine; "" for one of the program."""
    if isinstance(error, OSError):
        if error.strerror is None:
            return str(error)
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    # JAX's is named, not imported: not every command needs JAX.
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        said = str(error).strip().splitlines()
        return f"not enough memory ({said[0][:200]})" if said else "not enough memory"
    return ""


@contextlib.contextmanager
def _interruptible(asked: list[int]) -> Generator[None]:
    """Makes sure that Ctrl-C is not lost where Python cannot raise an exception: in what JAX calls back."""

    def handle(signum, _):
        asked.append(signum)
        raise KeyboardInterrupt

    def unraisable(problem):
        if issubclass(problem.exc_type, KeyboardInterrupt):
            # Once more, a little later: the main thread is still where it cannot raise.
            main_thread = threading.main_thread().ident
            again = threading.Timer(0.1, signal.pthread_kill, (main_thread, signal.SIGINT))
            again.daemon = True
            again.start()
        # Where a write has failed, others of Orbax' that were under way end after their event loop.
        elif "Event loop is closed" not in str(problem.exc_value):
            sys.__unraisablehook__(problem)

    hook, sys.unraisablehook = sys.unraisablehook, unraisable
    try:
        old = signal.signal(signal.SIGINT, handle)
    except ValueError:  # not the main thread: the embedding program owns the signals
        old = None
    try:
        yield
    finally:
        # Registered last, so run first: what JAX does at the end is not to be interrupted, but to be left.
        atexit.unregister(_leave_on_interrupt)
        atexit.register(_leave_on_interrupt)
        sys.unraisablehook = hook
        if old is not None:
            signal.signal(signal.SIGINT, old)


def _leave_on_interrupt() -> None:
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, lambda *_: leave("interrupted", INTERRUPTED))


def leave(message: str, code: int) -> NoReturn:
    """Ends the process at once, with one line on stderr.

    Threads of XLA and Orbax may be at work still, and an interpreter that is taken down under them
    ends in a segmentation fault: so it is not taken down. Files are written whole or not at all, and run
    directories are given back here.
    """
    print(message, file=sys.stderr)
    lock.release_all()
    processes.dismiss(code)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
