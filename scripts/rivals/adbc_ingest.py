"""A snapshot by ADBC's ingest.

adbc_ingest.py URL SNAPSHOT
"""

from __future__ import annotations

import sys
from pathlib import Path

import adbc_driver_postgresql.dbapi

from qaseed.loading.copying import batches
from qaseed.snapshot import open_snapshot

url, folder = sys.argv[1:]
snapshot = open_snapshot(Path(folder), check=False)
with (
    snapshot.catalog() as source,
    adbc_driver_postgresql.dbapi.connect(url) as connection,
    connection.cursor() as cursor,
):
    for entity in snapshot.manifest.model.entities:
        cursor.adbc_ingest(entity.name, batches(source, entity, 10_000), mode="append")
    connection.commit()
