"""Bounds of what is read of an artifact before it is trusted; what qaseed writes is far below each of them."""

from __future__ import annotations

MAX_MANIFEST_BYTES = 16 << 20
"""Of `manifest.json`. Parsed JSON needs at most 25 times its bytes; `MAX_FILES` files need 9 MiB."""
MAX_SUMS_BYTES = 16 << 20
"""Of `SHA256SUMS`: `MAX_FILES` lines with paths as long as `MAX_PATH_LENGTH` allows."""
MAX_FILES = 50_000
"""In one artifact. Files of rows have about 250,000 rows over all entities, so a snapshot may have 10^9 rows."""
MAX_PATH_LENGTH = 240
"""Characters of a file's path in an artifact: tar keeps 255 without extensions, file systems 255 a name."""
MAX_FILE_ROWS = 10_000_000
"""Rows of one file; qaseed writes 250,000 at most, except for a tenant's block that cannot be split."""
MAX_JSON_DEPTH = 32
"""Levels of the manifest's JSON; a model has 12. Deeper JSON exhausts the stack of whatever walks it."""
MAX_OTHER_BYTES = 64 << 20
"""Of all files of a packed snapshot that are neither the manifest nor of rows: reports and evidence have 1 MiB."""
MAX_FOOTER_BYTES = 2 << 20
"""Of a Parquet file, which has 200 for each column and 65,536 rows."""
MAX_FOOTER_ITEMS = 10_000
"""Of each list in it, of columns and groups of rows: readers reserve memory for as many as it says."""
MAX_FOOTER_VALUES, MAX_FOOTER_DEPTH = 400_000, 16
"""Of all its lists and structs: qaseed's have 30 values for each column and 65,536 rows, in 6 levels."""
SCAN_MEMORY, SCAN_THREADS = "512MB", 2
"""What reading a file once may use: pages of 1 MiB, at most three of each column and thread."""
CHECK_MEMORY, CHECK_THREADS = 640, 4
"""MiB that duckdb may use while rows are digested and checked, in a process of less than 1 GB; the rest is spilled."""
FEW_ROWS = 50_000
"""Of a data set that one thread checks."""
EXPANSION, MIN_EXPANSION_BYTES = 200, 64 << 20
"""Bytes of text that a byte of Parquet may stand for, besides those of a small file; qaseed's have at most 20."""
MAX_ATTACHMENT_BYTES = 1 << 20
"""Of a signature or provenance in a packed file: provenance of 1,000 libraries has 100 KB."""
