"""Which process a test database belongs to, as its comment says, and whether that process still runs."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
import uuid
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

PREFIX = "qaseed test: "
"""Begins the comment of a test database."""
FOREIGN_SECONDS = 3600
"""After how long the unused databases of a process on another machine, which cannot be asked for, count as left."""


@cache
def _machine() -> str:
    """This machine, since it was started, and the namespace of its process ids: a container's are its own."""
    identity = [socket.gethostname()]
    try:
        identity += [Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()]
        identity += [str(Path("/proc/self/ns/pid").readlink())]
    except OSError:  # not Linux
        identity += [f"{uuid.getnode():x}"]
    return " ".join(identity)


def _start_of(pid: int) -> str | None:
    """When a process of this machine began, in ticks since its start; empty if it has ended, None if that is hidden."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    try:  # not Linux, or processes of others are hidden
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return None
    return None


@dataclass(frozen=True)
class Owner:
    """The process of a test run: which run and worker it is, where it runs, and when it began."""

    run: str
    worker: str
    machine: str = field(default_factory=_machine)
    pid: int = field(default_factory=os.getpid)
    process: str = field(default_factory=lambda: _start_of(os.getpid()) or "")
    started: float = field(default_factory=lambda: round(time.time(), 3))

    def comment(self, oid: int) -> str:
        """The comment of a database of that oid; a restored copy of it has another."""
        return PREFIX + json.dumps(asdict(self) | {"oid": oid})

    def has_ended(self) -> bool | None:
        """Whether the process has ended; None if that cannot be known: it is on another machine, or hidden."""
        if self.machine != _machine():
            return None
        start = _start_of(self.pid)
        return None if start is None else start != self.process


def read_owner(comment: str, oid: int) -> Owner | None:
    """The owner of a database by its comment; None if it has no such comment, or a copied one."""
    if not comment.startswith(PREFIX):
        return None
    try:
        facts = json.loads(comment.removeprefix(PREFIX))
        given_for = facts.pop("oid")
        owner = Owner(**facts)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return owner if given_for == oid else None
