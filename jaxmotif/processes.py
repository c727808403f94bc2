"""Several processes, on one machine or many, that train networks together: JAX's own distribution.

All are started with the same command. Process 0 does what it says; where it comes to train networks, the
others, which wait for that, train with it (`joint`). Everything else, files and figures too, is work of
process 0 only: its results are those of one process, and no other can come to another decision.
"""

import contextlib
import os
import platform
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from typing import Any, NoReturn, TypeVar

from jaxmotif import __version__, messages
from jaxmotif.errors import Failed, Interrupted, Lost

T = TypeVar("T")

# Ways in which JAX finds the processes that a launcher has started; "auto" tries those that need no mpi4py.
METHODS = ("no", "auto", "slurm", "ompi", "mpi4py", "k8s")
# Where launchers say how many they have started: of one there is nobody to wait for.
_COUNTS = ("SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE")
# Seconds: until processes have to be there; without a sign of life, after which one counts as dead; for
# others to come to the same end; for an error to be told by whoever waits.
START, HEARTBEAT, END, GRACE = 300, 30, 20, 5
_FOREVER_MS = 10**10
# What ends a training in all processes alike.
AGREED = (Failed, FloatingPointError, Interrupted)
# What errors of JAX and of its collectives hold where another process is gone.
_LOST = ("Gloo", "NCCL", "UNAVAILABLE", "heartbeat", "oordination", "Barrier")


class _State:
    """What this process is."""

    leads = False  # process 0 of several that were started by `begin`
    training = False  # inside of what all do together
    broken = False  # the others may be where this process is not
    met = 0  # how often all have been told something


def begin(method: str, coordinator: str, count: int, index: int) -> None:
    """Joins the processes of one command; returns in process 0, and at once where there is one only.

    In all others it does what process 0 asks for, and ends when that does, with its exit code.

    Args:
      method: of METHODS, how a launcher's processes are found; "no" with no coordinator starts nothing.
      coordinator: host:port of process 0, where there is no launcher.
      count, index: how many processes there are, and which this one is; with a coordinator.

    Raises:
      ValueError: for arguments that do not go together, and a launcher that is not found.
      Lost: if the others do not come in time.
    """
    coordinator = coordinator or ("" if method == "no" else os.environ.get("JAX_COORDINATOR_ADDRESS", ""))
    if coordinator and count < 0 and method == "no":
        raise ValueError("--coordinator wants --processes and --process, too")
    if not coordinator and (count >= 0 or index >= 0):
        raise ValueError("--processes and --process want --coordinator=host:port, too")
    if count >= 0 and not 0 <= index < count:
        raise ValueError(f"--process={index} of --processes={count}; they are counted from 0")
    if (method == "no" and not coordinator) or count == 1:
        return
    if coordinator and not coordinator.rpartition(":")[2].isdecimal():
        raise ValueError(f"--coordinator wants host:port, got {coordinator!r}")
    if count < 0 and any(os.environ.get(name) == "1" for name in _COUNTS):
        return

    # Errors of others are told here; JAX's own lines about them come thrice. For what is not imported yet.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import jax

    # It would take SIGTERM, on which checkpoints are saved here.
    jax.config.update("jax_enable_preemption_service", False)
    given: dict[str, Any] = {"coordinator_address": coordinator or None}
    if count >= 0:
        given |= {"num_processes": count, "process_id": index}
    if method not in ("no", "auto"):
        given["cluster_detection_method"] = method
    try:
        with _waiting_is_told(coordinator):
            jax.distributed.initialize(
                **given,
                initialization_timeout=START,
                heartbeat_timeout_seconds=HEARTBEAT,
                shutdown_timeout_seconds=END,
            )
            # Each waits for the devices of all.
            several = jax.process_count() > 1
    except ValueError as error:
        raise ValueError(f"no launcher of several processes is found ({error}); see --coordinator") from None
    except RuntimeError as error:
        raise Lost(f"the processes have not found each other: {_first_line(error)}") from None
    if not several:
        return
    # Here, since it imports more than a command that joins nobody needs.
    from jaxmotif import files

    with files.silent(sys.stdout):
        messages.by_first(lambda: None)
    _State.leads = jax.process_index() == 0
    if not _State.leads:
        _follow()
    threading.Thread(target=_watch, daemon=True).start()


@contextlib.contextmanager
def _waiting_is_told(coordinator: str) -> Generator[None]:
    """Says on stderr that others are waited for, where they are not there soon: JAX ends the wait roughly."""
    at = f" at {coordinator}" if coordinator else ""
    words = f"waiting for the other processes{at}, {START} s at most"
    timer = threading.Timer(GRACE, lambda: print(words, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def local_devices() -> "Sequence | None":
    """Returns the devices of what process 0 does by itself; None where all may be used."""
    if not leading():
        return None
    import jax

    return jax.local_devices()


def leading() -> bool:
    """Returns whether others wait for what this process, process 0, asks them to do."""
    return _State.leads and not _State.training


def joint(function: Callable[..., T], own: tuple, others: tuple) -> T:
    """Calls a function in every process, and returns what it returns in this one, which has to be `leading`.

    Args:
      function: of the top of a module.
      own: its arguments here.
      others: its arguments in the other processes: what pickle takes, or arrays of JAX.
    """
    with _lost_is_told():
        _send((function, others))
        with _together():
            return function(*own)


@contextlib.contextmanager
def _together() -> Generator[None]:
    """What all processes do; an end that is not everybody's leaves them where they are of no more use."""
    _State.training = True
    try:
        yield
    except AGREED:
        raise  # was told to all
    except ValueError:
        _refused()
        raise
    except BaseException:
        _State.broken = True
        raise
    finally:
        _State.training = False


def _refused() -> None:
    """Waits until all processes have refused what they were to do together: it follows from what all have."""
    _wait(f"refused {_State.met}", 1000 * END)


@contextlib.contextmanager
def _lost_is_told() -> Generator[None]:
    try:
        yield
    except Exception as error:
        if not _is_lost(error):
            raise
        _State.broken = True
        raise Lost(_lost(error)) from error


def _is_lost(error: BaseException) -> bool:
    return any(word in str(error) for word in _LOST)


def _lost(error: BaseException) -> str:
    return (
        "another process of this run has ended, or cannot be reached; the same command again continues "
        f"({_first_line(error)})"
    )


def dismiss(code: int) -> None:
    """Ends all processes that wait for this one, with its exit code; does nothing where there are none."""
    if not _State.leads:
        return
    _State.leads = False
    if _State.broken:
        _leave(code)
    try:
        _send((None, (code,)), END)
        _shut_down()
    except Exception as error:
        print(f"note: another process of this run had ended before ({_first_line(error)})", file=sys.stderr)
        _leave(code)


@contextlib.contextmanager
def ending(release: Callable[[], None]) -> Generator[None]:
    """Ends the others with what is done inside, however that ends; `release` is called before."""
    code = 1
    try:
        yield
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    except BaseException:
        if _State.broken:
            traceback.print_exc()
        raise
    finally:
        if _State.leads:
            release()
            dismiss(code)


def _follow() -> NoReturn:
    """Does what process 0 asks for until it ends."""
    # A terminal asks all of its processes at once; process 0 says what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    error: BaseException | None = None
    while True:
        try:
            # What process 0 has seen too is told by it; what only this one has, ends all.
            function, arguments = _receive(END if error else None)
        except BaseException as lost:
            told = error or lost
            if os.environ.get("JAXMOTIF_TRACEBACK"):
                traceback.print_exception(told)
            reason = _lost(told) if _is_lost(told) else _first_line(told)
            import jax

            print(f"error: process {jax.process_index()}: {reason}", file=sys.stderr, flush=True)
            _leave(1)
        if function is None:
            _shut_down()
            _leave(arguments[0])
        error = None
        try:
            function(*arguments)
        except AGREED:
            pass
        except ValueError as raised:
            try:
                _refused()
            except Exception:
                error = raised
        except BaseException as raised:
            error = raised


def _watch() -> None:
    """Ends process 0 where another one is gone, whatever it does: it may wait for that one in vain."""
    try:
        _wait("over", _FOREVER_MS)
    except Exception as error:
        if _State.training:
            time.sleep(GRACE)  # what is done together ends by itself, but for some collectives of GPUs
        if _State.leads:
            print(f"error: {_lost(error)}", file=sys.stderr)
            _leave(1)


def _leave(code: int) -> NoReturn:
    """Ends the process without what JAX would wait for."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _shut_down() -> None:
    import jax

    with contextlib.suppress(Exception):
        jax.distributed.shutdown()


def _wait(name: str, milliseconds: int) -> None:
    # Orbax': JAX has none in public that waits without keeping a device busy.
    from orbax.checkpoint import multihost

    multihost.get_barrier_sync_fn()(key=f"jaxmotif {name}", timeout_ms=milliseconds)


# Settings of JAX that a program may change on its way, and on which compiled programs depend.
_SETTINGS = ("jax_disable_most_optimizations",)


def _send(message, seconds: int | None = None) -> None:
    import jax

    settings = {name: jax.config.read(name) for name in _SETTINGS}
    # Before the others come: they would wait for what cannot be sent.
    buffers = messages.packed(message)
    try:
        _meet(seconds)
        messages.send((_versions(), settings))
        messages.send_packed(buffers)
    except BaseException:
        _State.broken = True
        raise


def _receive(seconds: int | None):
    import jax

    _meet(seconds)
    theirs, settings = messages.receive()
    if theirs != _versions():
        raise ValueError(f"processes of other versions cannot train together: {theirs} and {_versions()}")
    for name, value in settings.items():
        jax.config.update(name, value)
    return messages.receive()


def _versions() -> dict[str, str]:
    import jax

    return {"jaxmotif": __version__, "jax": jax.__version__, "python": platform.python_version()}


def _meet(seconds: int | None) -> None:
    _State.met += 1
    _wait(str(_State.met), _FOREVER_MS if seconds is None else 1000 * seconds)


def _first_line(error: BaseException) -> str:
    from jaxmotif.files import one_line

    return one_line(error)
