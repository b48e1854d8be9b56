"""A server of a test's own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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


@contextmanager
def own_server_on_a_small_disk(size: str) -> Iterator[tuple[Server, Path]]:
    """A started server whose databases, but not its log, are on a disk of that size; and a folder on that disk."""
    with own_server() as running:
        running.stop()
        disk, aside, account = running.data / "base", running.data / "aside", running.data.stat()
        disk.rename(aside)
        disk.mkdir()
        options = f"size={size},mode=700,uid={account.st_uid},gid={account.st_gid}"
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=False, capture_output=True
        ).returncode:
            pytest.skip("this account may not mount a small disk")
        try:
            subprocess.run(["cp", "--archive", f"{aside}/.", disk], check=True)
            running.start()
            yield running, disk
            running.stop()
        finally:
            subprocess.run(["umount", "--lazy", disk], check=True)
