"""The words of errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qaseed.errors import QaseedError, SnapshotError

ALTERED = "the snapshot was altered or cut short, get a fresh copy"


def message(call: Callable[[], object], kind: type[QaseedError] = SnapshotError) -> str:
    """The error that a call raises, without the path of this test's folder."""
    with pytest.raises(kind) as raised:
        call()
    assert raised.type is kind
    return str(raised.value).replace(f"{Path.cwd()}/", "")
