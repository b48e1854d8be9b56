"""The tables of `--tables full`: derived from the core tables, which stay as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal, assert_series_equal
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.config import get_qa_seed_config
from qaseed.errors import UsageError
from qaseed.generation import generate
from qaseed.generation.units import rows_in, split_units
from qaseed.model import Entity
from qaseed.pinning.regenerating import profile_of
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.practice.tables import model_of
from qaseed.profiles import PROFILES, TABLES
from qaseed.rows import Rows
from qaseed.scanning import scan
from qaseed.snapshot import Snapshot
from support.command_line import qaseed

FULL = model_of("full")
DERIVED = [entity for entity in FULL.entities if entity.derived]
PROFILE = PROFILES["standard"].vary(tables="full")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return generate(PROFILE, tmp_path_factory.mktemp("full")).snapshot


def test_the_core_tables_of_a_full_snapshot_are_those_of_a_core_snapshot(full: Snapshot, standard: Snapshot) -> None:
    core, all_tables = standard.manifest, full.manifest
    assert {name: all_tables.tables[name].digest for name in core.tables} == core.digests
    assert all_tables.total_records == core.total_records
    assert [entity.name for entity in DERIVED] == [name for name in all_tables.tables if name not in core.tables]


def test_the_recipe_names_the_tables_of_a_full_snapshot_only(full: Snapshot, standard: Snapshot) -> None:
    assert full.manifest.recipe == standard.manifest.recipe | {"tables": "full"}
    assert "derived" not in json.dumps(standard.manifest.to_bytes().decode())
    assert profile_of(full.manifest.recipe, "standard").tables == "full"
    assert profile_of(standard.manifest.recipe, "standard").tables == "core"


def test_every_derived_table_has_rows_of_every_tenant(full: Snapshot) -> None:
    with full.catalog() as connection:
        for entity in DERIVED:
            query = f'select count(distinct tenant_id) from "{entity.name}"'
            assert connection.execute(query).fetchall() == [(PROFILE.tenants,)], entity.name


@pytest.mark.parametrize("entity", DERIVED, ids=lambda entity: entity.name)
def test_any_cut_and_any_row_alone_gives_the_same_derived_rows(entity: Entity) -> None:
    planned = plan(FULL, PROFILE)
    (whole,) = split_units(planned, 10**9)
    for part in whole[:1]:
        rows = rows_in(part, planned, entity)
        cut = [
            rows_in(piece, planned, entity).slots
            for unit in split_units(planned, 60)
            for piece in unit
            if piece.tenant == part.tenant
        ]
        assert sorted(slot for slots in cut for slot in slots.tolist()) == rows.slots.tolist()
        frame, some = rows.frame(), rows.slots[1 :: max(len(rows) // 5, 1)][::-1]
        alone = Rows(FULL, part.tenant, entity, some)
        for column in entity.columns:  # in the order of the declaration, and each by itself
            by_itself = Rows(FULL, part.tenant, entity, some)[column.name]
            assert_series_equal(by_itself, alone[column.name])
        at = [rows.slots.tolist().index(slot) for slot in some.tolist()]
        assert_frame_equal(alone.frame(), frame[at])


def test_a_full_snapshot_identifies_nobody(full: Snapshot) -> None:
    assert scan(full.folder).findings == ()


def test_where_the_tables_are_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_qa_seed_config("minimal").profile.tables == TABLES[0]
    (tmp_path / "qaseed.toml").write_text(
        'tables = "full"\n[profiles.demo]\nrecord_counts = {}\n[profiles.own]\ntables = "full"\nrecord_counts = {}\n'
    )
    monkeypatch.chdir(tmp_path)
    assert get_qa_seed_config("demo").profile.tables == "full"
    monkeypatch.setenv("QA_TABLES", "core")
    assert get_qa_seed_config("own").profile.tables == "core"
    assert get_qa_seed_config("demo", {"tables": "full"}).profile.tables == "full"
    planned = json.loads(qaseed("generate", "-e", "demo", "--tables", "full", "--dry-run", "--json").stdout)
    assert planned["snapshot"].startswith("artifacts/demo-")
    monkeypatch.setenv("QA_TABLES", "most")
    with pytest.raises(UsageError, match="QA_TABLES: 'most' is not possible; write core or full"):
        get_qa_seed_config("demo")
    monkeypatch.delenv("QA_TABLES")
    (tmp_path / "qaseed.toml").write_text('tables = "most"\n')
    with pytest.raises(UsageError, match="tables is 'most'; give core or full"):
        get_qa_seed_config("minimal")


def test_the_schema_of_all_tables() -> None:
    def described(*options: str) -> set[str]:
        return {entity["name"] for entity in json.loads(qaseed("schema", "--json", *options).stdout)["entities"]}

    assert described() == set(MODEL.by_name)
    assert described("--tables", "full") == set(FULL.by_name)
    refused = CliRunner().invoke(app, ["schema", "--tables", "most"])
    assert (refused.exit_code, "give core or full" in refused.output) == (2, True)
