"""Columns and scenarios of a profile's own are loaded, checked and compared as those of the practice are."""

from __future__ import annotations

import psycopg
import pytest

from qaseed.errors import PostgresError
from qaseed.loading import clone, load, purge
from qaseed.snapshot import Snapshot
from support.databases import ask, loaded_snapshot

pytestmark = pytest.mark.integration
COLUMNS = """select attname from pg_attribute where attrelid = 'client'::regclass
    and attname in ('lead_channel', 'region_code', 'cohort_on') and not attisdropped order by 1"""


def test_they_are_loaded_over_the_tables_without_them(extended: Snapshot, loaded: str) -> None:
    staged = load(extended, loaded)
    assert (staged.strategy, staged.verified) == ("staged", True)
    assert loaded_snapshot(loaded, extended)
    with pytest.raises(psycopg.errors.CheckViolation):
        ask(loaded, "update client set lead_channel = 'fax'")
    assert load(extended, loaded, strategy="in-place").verified
    case = "select c.first_name from client c join scenario s using (tenant_id, id) where s.name = 'vip_client'"
    assert ask(loaded, case) == [("Marigold",)] * 2


def test_a_snapshot_without_them_needs_a_purge(minimal: Snapshot, extended: Snapshot, database: str) -> None:
    cloned = clone(extended, database, "extended_clone")
    assert cloned.verified
    assert len(ask(cloned.target, COLUMNS)) == 3
    with pytest.raises(PostgresError, match=r"has other columns than the snapshot \(.*\); purge it first"):
        load(minimal, cloned.target)
    purge(cloned.target)
    assert load(minimal, cloned.target).verified
