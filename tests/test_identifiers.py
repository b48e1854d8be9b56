"""Identifiers are shared by no two rows: not within a practice, not between entities, not between practices.

Of all tables, those of `--tables full` too.
"""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest

from qaseed.generation import generate
from qaseed.model import Column
from qaseed.practice.full import FULL
from qaseed.profiles import PROFILES

COUNTS = {"location": 9, "provider": 30, "client": 90, "appointment": 300, "note": 150, "ledger_entry": 250}
TENANTS = 40
WORDS = {"name", "person", "street", "unit", "city", "zip", "phone"}
"""Kinds whose values several people may have: words, places, and numbers of a household."""
ON_PURPOSE = {"chart_no", "code"}
"""Columns that are counted in each practice, so that a query without the tenant is noticed."""
EVERYWHERE = "payers, employers and professions"
OF_ANOTHER = {
    ("user_account", "email"): "provider's own",
    ("insurance_policy", "member_id"): "client",
    ("claim", "member_id"): "client",
    ("claim", "billing_npi"): "location",
    ("claim", "rendering_npi"): "provider",
    ("claim", "tax_ref"): "tenant",
    ("claim", "payer_id"): EVERYWHERE,
    ("claim", "taxonomy"): EVERYWHERE,
    ("insurance_policy", "payer_id"): EVERYWHERE,
    ("insurance_policy", "group_no"): EVERYWHERE,
    ("payment_batch", "payer_id"): EVERYWHERE,
}
"""Columns that repeat on purpose what identifies another row, or somebody whom all practices know."""


def identifying(column: Column) -> bool:
    """Whether it is an identifier that belongs to one row alone."""
    return (column.unique or bool(column.safe)) and column.safe not in WORDS and column.name not in ON_PURPOSE


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], pl.DataFrame]:
    """The values of all identifying columns, over all practices, by entity and column, with their practices."""
    counts = {name: count * TENANTS for name, count in COUNTS.items()}
    profile = PROFILES["minimal"].vary(seed=5, tenants=TENANTS, record_counts=counts, scenarios=("none",))
    folder = generate(
        profile.vary(tables="full"), tmp_path_factory.mktemp("identifiers"), validated=False
    ).snapshot.folder
    found: dict[tuple[str, str], pl.DataFrame] = {}
    for entity in FULL.entities:
        for column in filter(identifying, entity.columns if entity.name != "scenario" else ()):
            rows = pl.read_parquet(folder / "data" / entity.name / "*.parquet")
            found[entity.name, column.name] = rows.select("tenant_id", value=column.name).drop_nulls()
    return found


def test_no_two_rows_of_an_entity_share_an_identifier(values: dict[tuple[str, str], pl.DataFrame]) -> None:
    own = {of: rows["value"] for of, rows in values.items() if OF_ANOTHER.get(of) in (None, "provider's own")}
    assert len(own) > 30
    assert [of for of, column in own.items() if column.n_unique() < len(column)] == []


def test_no_two_entities_share_an_identifier(values: dict[tuple[str, str], pl.DataFrame]) -> None:
    sets = {of: set(rows["value"].cast(pl.String)) for of, rows in values.items() if of not in OF_ANOTHER}
    assert [pair for pair in combinations(sets, 2) if sets[pair[0]] & sets[pair[1]]] == []


def test_no_two_practices_share_an_identifier_of_one_of_them(values: dict[tuple[str, str], pl.DataFrame]) -> None:
    of_a_practice = {of: rows for of, rows in values.items() if OF_ANOTHER.get(of) != EVERYWHERE}
    assert len(of_a_practice) > 35
    shared = [
        of
        for of, rows in of_a_practice.items()
        if (rows.group_by("value").agg(pl.col("tenant_id").n_unique())["tenant_id"] > 1).any()
    ]
    assert shared == []
