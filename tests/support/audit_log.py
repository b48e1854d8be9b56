"""The user's audit log, as the library reads it."""

from __future__ import annotations

from pathlib import Path

from qaseed import audit
from qaseed.folders import state_folder


def log() -> Path:
    return state_folder() / audit.LOG


def events() -> list[dict[str, object]]:
    return audit.events_in(audit.read_log()[0])


def flaw() -> str | None:
    return audit.flaw_of_log(*audit.read_log())
