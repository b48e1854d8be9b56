"""The last lines of a command, for people: what to type next."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from qaseed.cli.terminal import escape


def program_name() -> str:
    """How the user calls qaseed: `scripts/seed`, which puts it on PATH only for itself, sets QASEED_PROGRAM."""
    return os.environ.get("QASEED_PROGRAM") or "qaseed"


def connect_command(target: str, *, embedded: bool) -> str:
    """The command that opens the loaded database; `target` contains no password."""
    return f"{program_name()} server psql" if embedded else f"psql {shlex.quote(target)}"


def uses_embedded_server(to: str | None) -> bool:
    """Whether a command without that `--to` uses the embedded Postgres."""
    return not to and not os.environ.get("DATABASE_URL")


def print_next_steps(steps: Mapping[str, str]) -> None:
    """Print commands to continue with, each after its purpose; never folded, so that they can be copied."""
    width = max(map(len, steps)) + 1
    for purpose, step in steps.items():
        print(f"  {f'{purpose}:'.ljust(width)} {escape(step)}", file=sys.stderr)


def snapshot_steps(snapshot: Path | str, *commands: str) -> dict[str, str]:
    """Commands on a snapshot (`show`, `validate`, `load`) by their purpose."""
    purposes = {"show": "look at it", "validate": "check it", "load": "load it"}
    return {purposes[name]: f"{program_name()} {name} {shlex.quote(str(snapshot))}" for name in commands}
