"""Snapshots with all tables in Postgres: loaded like any other, and never left beside rows that they do not agree with."""

from __future__ import annotations

import pytest

from qaseed.errors import PostgresError
from qaseed.generation import generate
from qaseed.loading import load
from qaseed.loading.purging import purge
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot
from support.databases import ask


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    profile = PROFILES["minimal"].vary(tables="full")
    return generate(profile, tmp_path_factory.mktemp("full"), validated=False).snapshot


def test_all_tables_are_loaded_over_the_core_ones(full: Snapshot, all_columns: Snapshot, database: str) -> None:
    load(all_columns, database)
    loaded = load(full, database)
    assert loaded.verified
    assert loaded.digests == full.manifest.digests
    assert loaded.total_records == 145
    assert load(full, database).digests == full.manifest.digests
    keys = ask(database, "select conname from pg_constraint where conrelid = 'claim_event'::regclass and contype = 'f'")
    assert ("claim_event_batch_id_fkey",) in keys


def test_core_tables_are_not_loaded_under_what_derives_from_others(
    full: Snapshot, all_columns: Snapshot, database: str
) -> None:
    load(full, database)
    for dry_run in (True, False):
        with pytest.raises(PostgresError, match="availability_exception and 8 more: loaded from a snapshot with"):
            load(all_columns, database, dry_run=dry_run)
    assert ask(database, "select count(*) from claim") == [(full.manifest.rows["claim"],)]
    purge(database)
    assert load(all_columns, database).verified
