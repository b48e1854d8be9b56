"""qaseed as a program, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def qaseed(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "qaseed", *arguments], capture_output=True, text=True, check=False,
        env=os.environ | {"TERM": "dumb", "COLUMNS": "120"} | environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done
