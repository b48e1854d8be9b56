"""What qaseed did: events chained by hash, in a log in the user's state folder that only grows."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import pwd
import re
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qaseed.errors import UnsafeError, UsageError
from qaseed.folders import state_folder

LOG, HEAD = "audit.jsonl", "audit.head"
GENESIS = "0" * 64
"""What the first event of a chain follows."""
TURN_SECONDS = 5.0
TAIL = 1 << 20
"""Bytes at the end of the log in which its last event is looked for first."""


@dataclass
class Event:
    """Something done or tried; its `facts` are names, counts and versions, never a value of a row or a secret."""

    action: str
    facts: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def serialize(self, outcome: str = "ok", **more: Any) -> dict[str, Any]:
        """The event as it is written, but for its place in a chain."""
        return {
            "event_id": self.id,
            "ts": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": _actor(),
            "host": platform.node(),
            "tool_version": version("qaseed"),
            "action": self.action,
            "outcome": outcome,
            **self.facts,
            **more,
        }


def _actor() -> str:
    """The user as the operating system knows it, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def record(action: str, **facts: Any) -> None:
    """Write down that something was done."""
    append(Event(action, facts).serialize())


@contextmanager
def record_failure(event: Event) -> Iterator[Event]:
    """Write the event down if the block fails, is refused or interrupted."""
    begun = time.perf_counter()
    try:
        yield event
    except BaseException as error:
        append(event.serialize(**failure(error), seconds=round(time.perf_counter() - begun, 3)))
        raise


@contextmanager
def recorded(action: str, **facts: Any) -> Iterator[Event]:
    """Write down what the block does, once, however it ends; the block adds what it learns to the event's facts."""
    begun = time.perf_counter()
    with record_failure(Event(action, facts)) as event:
        yield event
    append(event.serialize(seconds=round(time.perf_counter() - begun, 3)))


def failure(error: BaseException) -> dict[str, Any]:
    """How something ended that raised: class and exit code. Only refusals give their reason: other messages may quote values."""
    interrupted = isinstance(error, KeyboardInterrupt)
    told = {"error": type(error).__name__, "exit_code": 130 if interrupted else getattr(error, "exit_code", 1)}
    if isinstance(error, UnsafeError):
        reason = re.sub(r"\w+://\S+", "URL", " ".join(str(error).split()))
        return {"outcome": "refused", "reason": reason} | told
    return {"outcome": "failed"} | told


def _canonical(event: dict[str, Any]) -> str:
    return json.dumps(event, sort_keys=True, separators=(",", ":"))


def chained(told: dict[str, Any], previous: str) -> tuple[str, str]:
    """The line of an event that follows `previous`, and its hash: the sha256 of the line without it."""
    whole = {**told, "prev_hash": previous}
    digest = hashlib.sha256(_canonical(whole).encode()).hexdigest()
    return _canonical(whole | {"hash": digest}), digest


def event_of(line: bytes) -> dict[str, Any] | None:
    """The event that a line tells; None unless it is, byte for byte, as it was written."""
    try:
        event = json.loads(line)
        told = {name: value for name, value in event.items() if name not in ("hash", "prev_hash")}
        whole, _ = chained(told, event["prev_hash"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return event if whole.encode() == line else None


def append(told: dict[str, Any]) -> None:
    """Write an event at the end of the log; where that cannot be, say so once on stderr and go on."""
    try:
        folder = state_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder / LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, fcntl.LOCK_EX) as log:
            last, torn = _end(log)
            previous = last["hash"] if last else GENESIS
            repair = _repair(folder, last, torn)
            if repair:
                os.write(log, b"" if not torn or torn.endswith(b"\n") else b"\n")
                previous = _write(log, folder, repair, previous)
            _write(log, folder, told, previous)
    except (OSError, RuntimeError) as error:  # the latter where the user has no home
        why = getattr(error, "strerror", None) or error
        _warn(
            f"{getattr(error, 'filename', None) or LOG}: the audit log cannot be written ({why}); going on without it"
        )


@cache
def _warn(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"qaseed: {text}\n")


@contextmanager
def _locked(path: Path, flags: int, lock: int) -> Iterator[int]:
    """A handle of the log while no other process appends to it."""
    handle = os.open(path, flags, 0o600)
    try:
        patience = time.monotonic() + TURN_SECONDS
        while True:
            try:
                fcntl.flock(handle, lock | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.01)
        yield handle
    finally:
        os.close(handle)


def _end(log: int) -> tuple[dict[str, Any] | None, bytes]:
    """The last event of the log, and the bytes after it that are none."""
    size = os.fstat(log).st_size
    for start in dict.fromkeys((max(0, size - TAIL), 0)):
        content = os.pread(log, size - start, start)
        end = content.rfind(b"\n") + 1
        while end:
            begin = content.rfind(b"\n", 0, end - 1) + 1
            event = event_of(content[begin : end - 1])
            if event:
                return event, content[end:]
            end = begin
    return None, content


def _repair(folder: Path, last: dict[str, Any] | None, torn: bytes) -> dict[str, Any] | None:
    """What to write down first where the log does not end as it should: a line that a kill tore, or events that are gone."""
    facts: dict[str, Any] = {}
    if torn:
        torn = torn.removesuffix(b"\n")
        facts |= {"torn_bytes": len(torn), "torn_sha256": hashlib.sha256(torn).hexdigest()}
    if not _ends_at(head(folder), last):
        facts["lost"] = head(folder)
    return Event("repair", facts).serialize() if facts else None


def _ends_at(kept: str, last: dict[str, Any] | None) -> bool:
    """Whether the head that was kept aside is of the last event, or of the one before: a kill may fall between the two."""
    return kept in ((last["hash"], last["prev_hash"]) if last else (GENESIS,))


def head(folder: Path | None = None) -> str:
    """The hash of the log's last event, as it is kept beside the log."""
    try:
        return ((folder or state_folder()) / HEAD).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return GENESIS
    except (OSError, ValueError, RuntimeError):
        return ""


def _write(log: int, folder: Path, told: dict[str, Any], previous: str) -> str:
    line, digest = chained(told, previous)
    content = line.encode() + b"\n"
    while content:
        content = content[os.write(log, content) :]
    os.fsync(log)
    handle = os.open(folder / f".{HEAD}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as aside:
        aside.write(f"{digest}\n")
    (folder / f".{HEAD}").replace(folder / HEAD)
    return digest


def read_log() -> tuple[list[bytes], str]:
    """The lines of the log, the last one empty if the log is whole, and the head that is kept beside it."""
    folder = state_folder()
    try:
        with _locked(folder / LOG, os.O_RDONLY, fcntl.LOCK_SH) as log, os.fdopen(os.dup(log), "rb") as content:
            return content.read().split(b"\n"), head(folder)
    except FileNotFoundError:
        return [b""], head(folder)
    except OSError as error:
        raise UsageError(f"{folder / LOG}: cannot be read ({error.strerror}); check its permissions") from None


def events_in(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The lines that are events, in their order."""
    return [event for event in map(event_of, lines) if event]


def flaw_of_log(lines: Sequence[bytes], kept: str) -> str | None:
    """The first thing that is wrong with the log; None if its chain holds from the first event to the head.

    A line that a kill tore is no flaw once the event after it accounts for it, or while it is the last one.
    """
    flaw = flaw_of_chain(lines[:-1])
    if flaw:
        return flaw
    events = events_in(lines[:-1])
    if not _ends_at(kept, events[-1] if events else None):
        return f"line {len(lines)}: events after the last one are missing, or {HEAD} was altered"
    return None


def flaw_of_chain(lines: Sequence[bytes]) -> str | None:
    """The first line of a chain that was altered, or that does not follow the one before; None if there is none."""
    previous, odd, since = GENESIS, list[bytes](), 0
    for number, line in enumerate(lines, 1):
        event = event_of(line)
        if event is None:
            since = since or number
            odd.append(line)
            continue
        torn = event.get("torn_sha256")
        if odd and torn != hashlib.sha256(b"\n".join(odd)).hexdigest():
            return f"line {since}: was altered"
        if event["prev_hash"] != previous or bool(torn) != bool(odd):
            return f"line {number}: does not follow the one before; a line was removed, added or moved"
        if "lost" in event:
            return f"line {number}: events before it are missing, which was seen when it was written"
        previous, odd, since = event["hash"], [], 0
    return f"line {since}: was altered" if odd else None


def is_torn(lines: Sequence[bytes]) -> bool:
    """Whether the last line was cut short by a kill and nothing was written since."""
    return bool(lines[-1])
