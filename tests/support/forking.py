"""Programs that run qaseed in a copy of a process which imported it: half of a short command is imports.

    python forking.py SOCKET     imports qaseed, then forks for each program that asks

A program has its own standard streams, folder, environment, arguments and exit code. What only a fresh process shows,
the imports of its command and what Python reads as it starts, is for tests that start one.
"""

from __future__ import annotations

import atexit
import gc
import marshal
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_PROGRAM = """#!{python} -ISE
import marshal, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({socket!r})
    socket.send_fds(server, [b"-"], [0, 1, 2])
    server.sendall(marshal.dumps((["{name}", *sys.argv[1:]], os.getcwd(), dict(os.environ))))
    server.shutdown(socket.SHUT_WR)
    code = server.recv(1)
sys.exit(code[0] if code else 1)
"""
_LIBRARIES = ("duckdb", "numpy", "polars", "psycopg", "pyarrow.parquet", "qaseed.generation", "qaseed.loading")


@contextmanager
def forking(path: Path, environment: dict[str, str]) -> Iterator[None]:
    """The process that forks for programs which connect to that socket; it ends with the block, and they do."""
    process = subprocess.Popen([sys.executable, __file__, path], env=environment, start_new_session=True)
    try:
        while not path.exists():
            assert process.poll() is None, "it cannot import qaseed"
            time.sleep(0.01)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def write_programs(environment: Path, path: Path) -> None:
    """`qaseed`, and `python-block`, which runs its input as `python -W error -`, in forks; and this Python as it is."""
    programs = environment / "bin"
    programs.mkdir(parents=True)
    for name in ("qaseed", "python-block"):
        (programs / name).write_text(_PROGRAM.format(python=sys.executable, socket=str(path), name=name))
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)


def _asked(path: str) -> tuple[socket.socket, int]:
    """In a fork of this process: the connection of a program, and the process id of who runs it, 0 in that one."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{path}.new")
        server.listen()
        Path(f"{path}.new").rename(path)  # it answers from then on
        forks = 0
        while True:
            program, _ = server.accept()
            if not os.fork():
                break
            program.close()
            forks += 1
            while forks and os.waitpid(-1, os.WNOHANG)[0]:
                forks -= 1
    return program, os.fork()


def _run(arguments: list[str]) -> None:
    """Run `qaseed` with its arguments, or the Python in the standard input, as `__main__`."""
    sys.argv = arguments
    if Path(arguments[0]).name == "qaseed":
        runpy.run_module("qaseed", run_name="__main__", alter_sys=True)
        return
    warnings.simplefilter("error")
    sys.path[0] = ""  # as for a program from the input
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(sys.stdin.read(), "<stdin>", "exec"), vars(main))


def _exit_from(arguments: list[str]) -> None:
    """Run it and end as Python does, but leave memory to the system: to clear it takes longer than a short command."""
    code: object = 0
    try:
        _run(arguments)
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001  # whatever it is, Python prints it
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # joins threads
    atexit._run_exitfuncs()
    if not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code % 256)


def _main() -> None:
    import typer.main

    from qaseed.cli.root import app, import_commands

    import_commands()
    typer.main.get_command = cache(typer.main.get_command)  # it makes all commands, of which a program imports few
    typer.main.get_command(app)
    for library in _LIBRARIES:
        __import__(library)
    gc.freeze()  # otherwise a fork copies what it only looks through
    program, runner = _asked(sys.argv[1])
    if runner:
        _, status = os.waitpid(runner, 0)
        program.send(bytes([os.waitstatus_to_exitcode(status) % 256]))
        os._exit(0)
    with program:
        _, streams, _, _ = socket.recv_fds(program, 1, 3)
        with program.makefile("rb") as stream:
            arguments, folder, environment = marshal.load(stream)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _exit_from(arguments)


if __name__ == "__main__":
    _main()
