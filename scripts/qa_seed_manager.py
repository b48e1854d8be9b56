#!/usr/bin/env python3
"""The seed document's script: a thin door to `qaseed seed`, and to `QASeedManager` for those who import it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

try:
    from qaseed import QASeedManager
    from qaseed.__main__ import main
except ModuleNotFoundError:
    own = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "python"
    if __name__ != "__main__" or Path(sys.prefix) == own.parent.parent:
        raise
    if not own.exists():
        sys.exit("qaseed is not installed here; run scripts/seed once, or pip install qaseed")
    os.execv(own, [str(own), *sys.argv])  # noqa: S606  # the environment that scripts/seed created

__all__ = ["QASeedManager"]

if __name__ == "__main__":
    sys.argv[1:1] = ["seed"]
    main()
