"""How much of a source is in memory at a time: whatever it holds, a scan takes about 600 MB at most."""

from __future__ import annotations

import os

LONGEST = 8 << 20
"""Bytes of a value that are read: judging it takes several times as much memory."""
BATCH_BYTES, BATCH_ROWS = 16 << 20, 50_000
"""Of a file or table that are judged together; a row that is longer is judged alone."""
ROW_BYTES, SLICES = 32 << 10, 8192
"""Of rows that duckdb reads itself, 2,048 at a time by each thread; of longer ones, so many parts are judged together.
"""
LINES_BYTES, OVERLAP_BYTES = 4 << 20, 1 << 10
"""Of a text that are read together: no piece of a line has twice as many, so that each is judged to its end.
Pieces of a longer line overlap, so that a number is beside its words in one."""
MOST_BLOCK_BYTES = 16 << 20
"""Of delimited text in which no row ends: a cell that long is cut."""
MOST_CHUNK_BYTES = 128 << 20
"""Of a column of a group of rows of Parquet whose rows could not be measured: all of it may be one page or value."""
MOST_ARROW_BYTES = 256 << 20
"""Of compressed dictionaries and one compressed batch of an Arrow file: no part of it is read."""
XZ_BYTES = 128 << 20
"""That xz may take to decompress: the file itself says how far back it refers, 64 MB with `xz -9`."""
EXPANSION, MIN_EXPANSION_BYTES = 50, 1 << 30
"""Bytes of long rows that a byte of a file may become, besides those of a small file."""
MEMORY, THREADS = 256, min(os.cpu_count() or 1, 4)
"""MiB that duckdb may use beside what Python holds, and threads that share it; the rest is spilled."""
