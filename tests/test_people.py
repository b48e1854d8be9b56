"""Who clients are: names, families and numbers that know each other."""

from __future__ import annotations

import polars as pl
import pytest

from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.profiles import AS_OF, PROFILES
from qaseed.rows import Rows
from qaseed.words import pool


def rows_of(entity: str, profile: str = "load_test", scale: float = 1, **changes: object) -> pl.DataFrame:
    """All ordinary rows of an entity."""
    planned = plan(MODEL, PROFILES[profile].scaled(scale).vary(scenarios=("none",), **changes))
    return pl.concat([Rows(MODEL, tenant, entity, tenant.slots(entity)).frame() for tenant in planned.tenants])


@pytest.fixture(scope="module")
def clients() -> pl.DataFrame:
    return rows_of("client", scale=4, seed=1).with_columns(age=(AS_OF - pl.col("dob")).dt.total_days() / 365.25)


def share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    """The part of the rows for which the condition holds."""
    return float(frame.select(condition.cast(pl.Float64).mean()).item())


def test_names_know_years_of_birth(clients: pl.DataFrame) -> None:
    born = {"Linda": 1953, "Lisa": 1971, "Olivia": 2007, "Isabella": 2007}
    for name, year in born.items():
        years = clients.filter(pl.col("first_name") == name)["dob"].dt.year()
        assert abs(years.median() - year) < 12, name


def test_names_know_communities(clients: pl.DataFrame) -> None:
    hispanic, others = clients.filter(ethnicity="hispanic"), clients.filter(race="white", ethnicity="not_hispanic")
    garcia = pl.col("last_name").is_in(["Garcia", "Rodriguez", "Hernandez", "Lopez", "Gonzalez"])
    assert share(hispanic, garcia) > 20 * share(others, garcia)
    nguyen = pl.col("last_name").is_in(["Nguyen", "Kim", "Patel", "Tran", "Chen"])
    assert share(clients.filter(race="asian"), nguyen) > 20 * share(others, nguyen)


def test_emergency_contacts_know_marital_status_and_age(clients: pl.DataFrame) -> None:
    relation = pl.col("emergency_contact_relation")
    assert share(clients.filter(pl.col("marital_status") != "married"), relation == "spouse") == 0
    assert share(clients.filter(pl.col("age") < 29), relation == "child") == 0
    assert share(clients.filter(pl.col("age") > 66), relation == "parent") == 0
    sons = clients.filter(pl.col("marital_status") == "widowed")
    assert share(sons, relation == "child") > 0.4


def test_no_two_strangers_share_a_number() -> None:
    clients = rows_of("client", scale=20, seed=3)
    mobile = clients.filter(pl.col("household_id").is_null())["phone_mobile"]
    assert mobile.n_unique() == len(mobile) > 39_000
    others = [
        rows_of(entity, scale=20, seed=3)[column] for entity, column in (("provider", "phone"), ("location", "fax"))
    ]
    assert not set(mobile) & {number for column in others for number in column}


def test_a_guardian_has_one_number() -> None:
    clients = rows_of("client", seed=2)
    minors = clients.filter(pl.col("guardian_id").is_not_null())
    known = minors.join(clients, left_on="guardian_id", right_on="id")
    assert len(known) > 10
    assert (known["emergency_contact_phone"] == known["phone_mobile_right"]).all()


@pytest.mark.parametrize(
    ("locale", "of_men", "of_women"),
    [
        ("ru_RU", ("ов", "ев"), ("ова", "ева", "ская")),
        ("is_IS", ("son",), ("dóttir",)),
        ("cs_CZ", ("ý",), ("ová",)),
        ("lt_LT", ("as", "is"), ("ienė",)),
        ("lv_LV", ("iņš",), ("iņa",)),
        ("pl_PL", ("ski", "cki"), ("ska", "cka")),
        ("uk_UA", ("ський", "цький"), ("ська", "цька")),
    ],
)
def test_family_names_have_the_form_of_the_person(
    locale: str, of_men: tuple[str, ...], of_women: tuple[str, ...]
) -> None:
    clients = rows_of("client", "standard", locale=locale)
    women, men = (clients.filter(sex_at_birth=sex)["last_name"].to_list() for sex in "FM")
    assert any(name.endswith(of_women) for name in pool("last_name", locale))
    assert not [name for name in women if name.endswith(of_men)]
    assert not [name for name in men if name.endswith(of_women)]


def test_addresses_spell_names_of_other_alphabets() -> None:
    emails = rows_of("client", "standard", locale="ru_RU").select("first_name", "last_name", "email").drop_nulls()
    assert not emails["email"].str.contains(r"^qa\.|\.qa\.").any()
    for given, family, email in emails.head(20).rows():
        assert len(email.split(".")[0]) >= min(len(given), 24) - 2, (given, family, email)


def test_clients_have_further_diagnoses(clients: pl.DataFrame) -> None:
    numbers = clients["further_dx"].str.split(" ").list.len().fill_null(0) + 1
    assert 1.75 < numbers.mean() < 2.05  # 1.9: Zimmerman 2008
    assert numbers.max() == 4
