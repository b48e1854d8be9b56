"""qaseed as a command: in this process, or as a program where a test is about what only a process has."""

from __future__ import annotations

import os
import subprocess
import sys

from typer.testing import CliRunner

from qaseed.cli import app

PLAIN = {"TERM": "dumb", "COLUMNS": "120"}


def qaseed(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command's output and exit code; in this process, as a program first imports libraries for half a second."""
    done = CliRunner().invoke(app, arguments, env=PLAIN | environment, prog_name="qaseed")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def qaseed_program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same by a program: for streams, encodings, signals, imports and what Python reads from the environment."""
    done = subprocess.run(
        [sys.executable, "-m", "qaseed", *arguments], capture_output=True, text=True, check=False,
        env=os.environ | PLAIN | environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done
