"""The audit log: events chained by their hashes, in an append-only file in the user's state folder.

Each line is an event as canonical JSON with the hash of the line before it, so that an altered, removed or moved line
breaks the chain. The hash of the last event is also kept in a file of its own, the head: without it, events removed
from the end would leave no trace.
"""

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
from pathlib import Path
from typing import Any

from qaseed import __version__
from qaseed.errors import UnsafeError, UsageError
from qaseed.folders import state_folder

LOG, HEAD = "audit.jsonl", "audit.head"
GENESIS = "0" * 64
"""The `prev_hash` of the first event of a chain."""
LOCK_SECONDS = 5.0
"""How long to wait for the lock of the log, before going on without writing."""
TAIL = 1 << 20
"""How many bytes at the end of the log are searched for its last event first, before all of it is read."""


@dataclass
class Event:
    """An action, done or tried.

    Its `facts` are names, counts and versions, never a value of a row or a secret.
    """

    action: str
    facts: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def serialize(self, outcome: str = "ok", **more: Any) -> dict[str, Any]:
        """The event with user, host and current time, as a line contains it, except for `prev_hash` and `hash`."""
        return {
            "event_id": self.id,
            "ts": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": _actor(),
            "host": platform.node(),
            "tool_version": __version__,
            "action": self.action,
            "outcome": outcome,
            **self.facts,
            **more,
        }


def _actor() -> str:
    """The user's name by user id; the environment (`USER`, `LOGNAME`) is not trusted."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def record(action: str, **facts: Any) -> None:
    """Append an event for an action that succeeded."""
    append(Event(action, facts).serialize())


@contextmanager
def record_failure(event: Event) -> Iterator[Event]:
    """Append the event if the block fails, is refused or is interrupted; nothing if it succeeds."""
    start = time.perf_counter()
    try:
        yield event
    except BaseException as error:
        append(event.serialize(**failure(error), seconds=round(time.perf_counter() - start, 3)))
        raise


@contextmanager
def recorded(action: str, **facts: Any) -> Iterator[Event]:
    """Append one event for the block, however it ends; the block may add to the event's facts."""
    start = time.perf_counter()
    with record_failure(Event(action, facts)) as event:
        yield event
    append(event.serialize(seconds=round(time.perf_counter() - start, 3)))


def failure(error: BaseException) -> dict[str, Any]:
    """The facts of an action that raised: the error's class and exit code.

    Only refusals give their reason, because other messages may quote values of rows.
    """
    interrupted = isinstance(error, KeyboardInterrupt)
    facts = {"error": type(error).__name__, "exit_code": 130 if interrupted else getattr(error, "exit_code", 1)}
    if isinstance(error, UnsafeError):
        reason = re.sub(r"\w+://\S+", "URL", " ".join(str(error).split()))
        return {"outcome": "refused", "reason": reason} | facts
    return {"outcome": "failed"} | facts


def _canonical(event: dict[str, Any]) -> str:
    return json.dumps(event, sort_keys=True, separators=(",", ":"))


def chained(event: dict[str, Any], previous: str) -> tuple[str, str]:
    """The line of an event that follows the one with the hash `previous`, and its own hash.

    The hash is the SHA-256 of the line without the field `hash`.
    """
    linked = {**event, "prev_hash": previous}
    digest = hashlib.sha256(_canonical(linked).encode()).hexdigest()
    return _canonical(linked | {"hash": digest}), digest


def event_of(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None if any byte differs from what `chained` wrote."""
    try:
        event = json.loads(line)
        unlinked = {name: value for name, value in event.items() if name not in ("hash", "prev_hash")}
        expected, _ = chained(unlinked, event["prev_hash"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return event if expected.encode() == line else None


def append(event: dict[str, Any]) -> None:
    """Append a serialized event to the log; if that fails, print one warning on stderr and go on.

    A line that a kill cut short, and events that are missing, are recorded first, as an event `repair`.
    """
    where: Path | str = LOG
    try:
        folder = state_folder()
        where = folder / LOG
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder / LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, fcntl.LOCK_EX) as log:
            last, torn = _end(log)
            previous = last["hash"] if last else GENESIS
            repair = _repair(last, torn)
            if repair:
                os.write(log, b"" if not torn or torn.endswith(b"\n") else b"\n")
                previous = _write(log, folder, repair, previous)
            _write(log, folder, event, previous)
    except (OSError, UsageError) as error:  # UsageError: another user owns the only folder there could be
        why = getattr(error, "strerror", None) or error
        _warn(
            f"{getattr(error, 'filename', None) or where}: the audit log cannot be written ({why}); going on without it"
        )


@cache
def _warn(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"qaseed: {text}\n")


@contextmanager
def _locked(path: Path, flags: int, lock: int) -> Iterator[int]:
    """A handle of the log, locked with `fcntl.LOCK_EX` or `LOCK_SH`; `BlockingIOError` after `LOCK_SECONDS`.

    The log itself is locked, with `flock`, and no lock file beside it: the log can be read where nothing can be
    written, and versions of qaseed that run at the same time exclude each other.
    """
    handle = os.open(path, flags, 0o600)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, lock | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        yield handle
    finally:
        os.close(handle)


def _end(log: int) -> tuple[dict[str, Any] | None, bytes]:
    """The last event of the log, and the bytes after it, which are no event: usually a line that a kill cut short."""
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


def _repair(last: dict[str, Any] | None, torn: bytes) -> dict[str, Any] | None:
    """The event to append first if the log does not end with a whole line, or not with the event of the head."""
    facts: dict[str, Any] = {}
    if torn:
        torn = torn.removesuffix(b"\n")
        facts |= {"torn_bytes": len(torn), "torn_sha256": hashlib.sha256(torn).hexdigest()}
    if not _ends_at(head(), last):
        facts["lost"] = head()
    return Event("repair", facts).serialize() if facts else None


def _ends_at(head_hash: str, last: dict[str, Any] | None) -> bool:
    """Whether the head is of the last event, or of the one before it: a kill may come between the two writes."""
    return head_hash in ((last["hash"], last["prev_hash"]) if last else (GENESIS,))


def head() -> str:
    """The hash of the last event, from its file; `GENESIS` without the file, empty if it cannot be read."""
    try:
        return (state_folder() / HEAD).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return GENESIS
    except (OSError, ValueError):
        return ""


def _write(log: int, folder: Path, event: dict[str, Any], previous: str) -> str:
    """Append an event, flush it, and then replace the head by rename: a kill may leave the head one event behind."""
    line, digest = chained(event, previous)
    content = line.encode() + b"\n"
    while content:
        content = content[os.write(log, content) :]
    os.fsync(log)
    handle = os.open(folder / f".{HEAD}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as new_head:
        new_head.write(f"{digest}\n")
    (folder / f".{HEAD}").replace(folder / HEAD)
    return digest


def read_log() -> tuple[list[bytes], str]:
    """The lines of the log and its head. The last line is empty unless a kill cut it short."""
    folder = state_folder()
    try:
        with _locked(folder / LOG, os.O_RDONLY, fcntl.LOCK_SH) as log, os.fdopen(os.dup(log), "rb") as content:
            return content.read().split(b"\n"), head()
    except FileNotFoundError:
        return [b""], head()
    except OSError as error:
        raise UsageError(f"{folder / LOG}: cannot be read ({error.strerror}); check its permissions") from None


def events_in(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The events of the lines that are events, in order."""
    return [event for event in map(event_of, lines) if event]


def flaw_of_log(lines: Sequence[bytes], head_hash: str) -> str | None:
    """The first flaw of a log; None if its chain is unbroken from the first event to the head.

    A line that a kill cut short is no flaw if the `repair` event after it has its hash, or while it is the last line.
    """
    flaw = flaw_of_chain(lines[:-1])
    if flaw:
        return flaw
    events = events_in(lines[:-1])
    if not _ends_at(head_hash, events[-1] if events else None):
        return f"line {len(lines)}: events after the last one are missing, or {HEAD} was altered"
    return None


def flaw_of_chain(lines: Sequence[bytes]) -> str | None:
    """The first line that was altered or does not follow the one before it; None if the chain is unbroken."""
    previous, invalid, first_invalid = GENESIS, list[bytes](), 0
    for number, line in enumerate(lines, 1):
        event = event_of(line)
        if event is None:
            first_invalid = first_invalid or number
            invalid.append(line)
            continue
        torn = event.get("torn_sha256")
        if invalid and torn != hashlib.sha256(b"\n".join(invalid)).hexdigest():
            return f"line {first_invalid}: was altered"
        if event["prev_hash"] != previous or bool(torn) != bool(invalid):
            return f"line {number}: does not follow the one before; a line was removed, added or moved"
        if "lost" in event:
            return f"line {number}: events before it are missing, which qaseed noticed when it wrote the line"
        previous, invalid, first_invalid = event["hash"], [], 0
    return f"line {first_invalid}: was altered" if invalid else None
