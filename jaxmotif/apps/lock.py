"""One process per run directory."""

import atexit
import datetime
import fcntl
import os
import pathlib
import socket
import sys

from jaxmotif.errors import unwritable

LOCK = ".lock"

_held: dict[pathlib.Path, int] = {}  # open file of each directory that this process has locked
_owner = os.getpid()


def acquire(folder: pathlib.Path) -> bool:
    """Locks a run directory until `release` or the end of the process.

    The lock is the kernel's, on a file that stays open: it ends with its process, even after `kill -9`, so
    a file that is left over locks nobody out. On NFS, Linux passes it to the server, and it holds between
    hosts; where a file system has no locks at all, a note says so and the run goes on without one.

    Args:
      folder: an existing directory.

    Returns:
      whether it was locked by this call; False if this process has it already, or it cannot be locked.

    Raises:
      ValueError: if another process has it, with host, process id and since when; or if it cannot be written.
      OSError: if the disk is full.
    """
    folder = folder.resolve()
    path = folder / LOCK
    if folder in _held:
        if _is_file(_held[folder], path):
            return False
        os.close(_held.pop(folder))  # the directory was removed and made again
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise unwritable(path, error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _content(handle)
            os.close(handle)
            raise ValueError(
                f"{folder} is in use by {holder or 'another process'}; wait, or stop it"
            ) from None
        except OSError as error:
            os.close(handle)
            print(
                f"note: {folder} cannot be locked ({error.strerror}); start no second run in it",
                file=sys.stderr,
            )
            return False
        if _is_file(handle, path):
            break
        os.close(handle)  # its last owner removed it between opening and locking
    if left := _content(handle):
        print(f"note: {folder} was left by {left}, which did not end by itself; going on", file=sys.stderr)
    since = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()} since {since}".encode(), 0)
    _held[folder] = handle
    return True


def release(folder: pathlib.Path, now_at: pathlib.Path | None = None) -> None:
    """Gives a directory back that `acquire` locked; `now_at` is where it was moved since."""
    folder = folder.resolve()
    if folder not in _held:
        return
    # Removed while still locked: whoever opened it meanwhile sees that it is gone, and makes a new one.
    handle, path = _held.pop(folder), (now_at or folder) / LOCK
    if _is_file(handle, path):
        path.unlink(missing_ok=True)
    os.close(handle)


def _is_file(handle: int, path: pathlib.Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False


def _content(handle: int) -> str:
    return os.pread(handle, 500, 0).decode("utf-8", "replace").strip()


@atexit.register
def release_all() -> None:
    """Gives back every directory that this process has locked."""
    if os.getpid() == _owner:  # a forked child shares the files, not the run
        for folder in list(_held):
            release(folder)
