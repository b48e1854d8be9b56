#!/usr/bin/env python3
"""The seed document's script: a thin door to `qaseed seed`, and to `QASeedManager` for those who import it."""

from __future__ import annotations

import sys

from qaseed import QASeedManager
from qaseed.__main__ import main

__all__ = ["QASeedManager"]

if __name__ == "__main__":
    sys.argv[1:1] = ["seed"]
    main()
