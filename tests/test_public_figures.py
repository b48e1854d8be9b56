"""No generated person has the full name of a public figure: those names are passed over, whoever has the other half."""

from __future__ import annotations

import polars as pl
import pytest

from qaseed.errors import UsageError
from qaseed.model import FixtureRow
from qaseed.plan import Tenant, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.tables import model_for
from qaseed.profiles import AS_OF
from qaseed.rows import Rows
from qaseed.snapshot import Snapshot
from qaseed.words.public_figures import are_figures, is_figure, keys_of
from support.additions import extended_profile

MANY = {"provider": 20_000}


def figures(given: pl.Series, family: pl.Series) -> list[tuple[str, str]]:
    mask = are_figures(keys_of(given), keys_of(family))
    return [(one, other) for one, other, is_known in zip(given, family, mask, strict=True) if is_known]


@pytest.mark.parametrize(
    ("given", "family"),
    [
        ("Abraham", "Lincoln"), ("abraham", "LINCOLN"), ("Vincent", "van Gogh"), ("Vincent", "Gogh"), ("Beyonce", ""),
        ("Владимир", "Путин"), ("François", "Mitterrand"), ("Franc\u0327ois", "Mitterrand"), ("Kamala", "Harris"),
    ],
)  # fmt: skip
def test_a_figure_is_known_in_any_spelling(given: str, family: str) -> None:
    assert is_figure(given, family)
    assert not is_figure(family or "Abraham", given)


@pytest.mark.parametrize("locale", ["", "de_DE"])
def test_nobody_has_the_name_of_one(locale: str) -> None:
    plan = plan_of_counts(MODEL, "many", 1, AS_OF, [MANY], {"locale": locale} if locale else {}, ("none",))
    rows = Rows(MODEL, plan.tenants[0], "provider", plan.tenants[0].slots("provider"))
    assert figures(rows["first_name"], rows["last_name"]) == []
    shuffled = rows["last_name"].sample(fraction=1, shuffle=True, seed=1)
    assert figures(rows["first_name"], shuffled), "names that are drawn apart from each other are"


def test_nor_do_relatives_and_accounts(standard: Snapshot) -> None:
    with standard.catalog() as catalog:
        for name in ("guardian_name", "emergency_contact_name"):
            names = pl.Series(
                [row[0] for row in catalog.execute(f"select {name} from client where {name} is not null").fetchall()]
            )
            halves = names.str.splitn(" ", 2).struct
            assert figures(halves.field("field_0"), halves.field("field_1").fill_null("")) == []


def test_a_pinned_family_name_is_not_completed() -> None:
    """Presidents had these names."""
    pinned = tuple(FixtureRow("provider", slot, (("last_name", ("Carter", "Adams")[slot % 2]),)) for slot in range(900))
    tenant = Tenant(1, 1, AS_OF, (("provider", 900),), fixtures=pinned)
    rows = Rows(MODEL, tenant, "provider", tenant.slots("provider"))
    assert set(rows["last_name"]) == {"Carter", "Adams"}
    assert figures(rows["first_name"], rows["last_name"]) == []


def test_scenarios_name_none() -> None:
    pinned = [
        dict(row.values)
        for scenario in MODEL.scenarios
        for row in scenario.needs
        if row.entity in ("client", "provider")
    ]
    names = {
        (values["first_name"], values.get("last_name") or "")
        for values in pinned
        if isinstance(values.get("first_name"), str)
    }
    assert len(names) > 5
    assert [name for name in names if is_figure(*name)] == []


def test_own_scenarios_name_none() -> None:
    values = {"first_name": "Abraham", "last_name": "Lincoln"}
    with pytest.raises(
        UsageError, match=r"scenario\.odd\.values: first_name and last_name are those of a public figure"
    ):
        model_for(extended_profile(scenario={"odd": {"entity": "client", "values": values}}))
