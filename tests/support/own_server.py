"""A server of a test's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qaseed.postgres.server import Server


@contextmanager
def own_server() -> Iterator[Server]:
    """A started server that a test may change or stop; nothing of it is left."""
    home = Path(tempfile.mkdtemp(prefix="qaseed-own-"))
    home.chmod(0o755)  # as root, the server runs under another account
    running = Server(home / "pg")
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)
