"""How a command ends for people: what to type next."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from qaseed.cli.terminal import escape


def program_name() -> str:
    """How the user calls qaseed: `scripts/seed`, which has it on PATH only for itself, says it in QASEED_PROGRAM."""
    return os.environ.get("QASEED_PROGRAM") or "qaseed"


def connect_command(target: str, *, embedded: bool) -> str:
    """How to open the database that was loaded; `target` holds no password."""
    return f"{program_name()} server psql" if embedded else f"psql {shlex.quote(target)}"


def uses_embedded_server(to: str | None) -> bool:
    """Whether a command without that `--to` uses the embedded Postgres."""
    return not to and not os.environ.get("DATABASE_URL")


def print_next_steps(steps: Mapping[str, str]) -> None:
    """Commands to go on with, each after what it does; never folded, so that they can be copied."""
    wide = max(map(len, steps)) + 1
    for what, step in steps.items():
        print(f"  {f'{what}:'.ljust(wide)} {escape(step)}", file=sys.stderr)


def snapshot_steps(folder: Path, *commands: str) -> dict[str, str]:
    """Those commands on a snapshot: `show`, `validate`, `load`."""
    does = {"show": "look at it", "validate": "check it", "load": "load it"}
    return {does[name]: f"{program_name()} {name} {shlex.quote(str(folder))}" for name in commands}
