"""What the embedded server asks of its machine: processes, ports, files, and the environment of libpq."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qaseed.errors import UsageError
from qaseed.postgres.wheel import account

HOST = "127.0.0.1"
"""The address on which the server listens if it is started with a port."""
FICLONE = 0x40049409
"""The `ioctl` request by which Linux lets one file share the blocks of another."""
EXIT_TRIES = 100
FIRST_FREE_PORT = 1024
"""Lower ports are reserved for root."""


def await_exit(pid: int) -> None:
    """Wait, for a second at most, for a process that has already closed its data: its parent may never reap it."""
    for _ in range(EXIT_TRIES):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        time.sleep(0.01)


@contextmanager
def without_libpq_variables() -> Iterator[None]:
    """Remove the PG* variables from the environment while the block runs: they are meant for other servers."""
    variables = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("PG")}
    try:
        yield
    finally:
        os.environ.update(variables)


def check_port(port: int) -> None:
    """`UsageError` unless the server can listen on a TCP port of `HOST`."""
    for_root = f"--port: {port} is for root, and the server does not run as root; choose {FIRST_FREE_PORT} or above"
    if port < FIRST_FREE_PORT and account():
        raise UsageError(for_root)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise UsageError(for_root) from None
        except (OSError, OverflowError):
            raise UsageError(
                f"--port: {port} cannot be used at {HOST}; another program uses it: choose another"
            ) from None


def works_in(process: Path, data: Path) -> bool:
    """Whether the data is the working directory of a process (a folder of `/proc`), as it is of its server."""
    try:
        return (process / "cwd").samefile(data)
    except OSError:
        return False


def disk_usage(folder: Path) -> int:
    """The bytes of all files in a folder, while a running server may add and remove some."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(path) / name).lstat().st_size
    return total


def shares_blocks(folder: Path) -> bool:
    """Whether copies of files in a folder can share blocks, so that cloning a database takes milliseconds."""
    if sys.platform != "linux":
        return sys.platform == "darwin"
    with tempfile.TemporaryFile(dir=folder) as source, tempfile.TemporaryFile(dir=folder) as clone:
        source.write(b"x" * 4096)
        source.flush()
        try:
            fcntl.ioctl(clone, FICLONE, source.fileno())
        except OSError:
            return False
    return True
