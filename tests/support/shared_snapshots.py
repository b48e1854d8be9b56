"""Snapshots that the first test process of a run makes, and the others read."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qaseed.generation import generate
from qaseed.profiles import Profile
from qaseed.snapshot import Snapshot


class Shared:
    """What the first test process of a run makes, and the others read."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        base = factory.getbasetemp()
        self.folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
        self.folder.mkdir(exist_ok=True)

    def snapshot(self, name: str, profile: str | Profile, **options: Any) -> Snapshot:
        """A snapshot in a folder of that name. One that is opened lacks what one that is generated knows."""
        return self.made(name, lambda folder: generate(profile, folder, **options).snapshot)

    def made(self, name: str, make: Callable[[Path], Snapshot]) -> Snapshot:
        """A snapshot that a function makes in a folder of that name."""
        pickled = self.folder / f"{name}.pickle"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not pickled.exists():
                pickled.write_bytes(pickle.dumps(make(self.folder / name)))
            snapshot: Snapshot = pickle.loads(pickled.read_bytes())
            return snapshot
