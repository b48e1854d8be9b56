"""Telephone numbers are valid nowhere in the region of the locale, as libphonenumber sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from faker.config import AVAILABLE_LOCALES

from qaseed.derived_rules import rules_of
from qaseed.generation import generate
from qaseed.model import Model
from qaseed.plan import plan
from qaseed.practice.tables import model_of
from qaseed.profiles import PROFILES, Profile
from qaseed.rows import Rows
from qaseed.safety import is_safe
from qaseed.safety.identifiers import NANP, OTHER_CODES, phone_kind, region_of
from qaseed.scanning import scan
from support.values import found

LINES = [f"{exchange}-{line:04d}" for exchange in range(200, 1000, 13) for line in (17, 1234 + 8 * exchange)]
"""What follows the code, from all over the exchanges that are generated."""
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
PHONES = {
    "client": ("phone_mobile", "phone_home", "emergency_contact_phone"),
    "provider": ("phone",),
    "location": ("phone", "fax"),
}
MINIMAL = PROFILES["minimal"]


def is_valid(number: str, region: str) -> bool:
    """Whether somebody in that region who dials the number may reach somebody, in any region of its plan."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def numbers(profile: Profile) -> Iterator[tuple[str, pl.Series]]:
    """The numbers of all columns that have some, of scenarios too."""
    model = model_of(profile.tables, profile.locale, profile.modes)
    for tenant in plan(model, profile).tenants:
        for name, columns in PHONES.items():
            rows = Rows(model, tenant, model.entity(name), tenant.slots(name))
            yield from ((f"{name}.{column}", rows[column].drop_nulls()) for column in columns)


def safe_kinds(model: Model) -> set[str | None]:
    return {
        column.safe
        for name, columns in PHONES.items()
        for column in model.entity(name).columns
        if column.name in columns
    }


@pytest.mark.parametrize("code", ["000", "555", "999"])
def test_no_number_is_valid_in_a_region_that_has_its_form(code: str) -> None:
    other = [r for r in REGIONS if r not in NANP and phone_kind(f"xx_{r}") == f"phone_{code}"]
    regions = other + sorted(NANP)
    assert set(REGIONS) >= NANP
    assert code == "999" or other
    assert [r for r in regions if any(is_valid(f"{code}-{line}", r) for line in LINES)] == []


def test_no_form_is_a_number_for_emergencies() -> None:
    dialed = [(r, phone_kind(f"xx_{r}").removeprefix("phone_")) for r in REGIONS if r not in NANP]
    assert phonenumbers.is_emergency_number("000", "AU")
    assert [pair for pair in dialed if phonenumbers.connects_to_emergency_number(f"{pair[1]}2345678", pair[0])] == []


def test_every_locale_has_a_region_that_libphonenumber_knows() -> None:
    assert len(AVAILABLE_LOCALES) > 90
    assert [locale for locale in AVAILABLE_LOCALES if region_of(locale) not in REGIONS] == []
    assert {phone_kind(locale) for locale in AVAILABLE_LOCALES} == {"phone", *(f"phone_{code}" for code in OTHER_CODES)}
    assert {phone_kind(locale) for locale in ("", "en", "en_US", "en_CA", "fr_QC")} == {"phone"}


@pytest.mark.parametrize(
    ("locale", "regions"),
    [
        ("de_DE", "DE AT CH LU"),
        ("en_GB", "GB GG JE IM IE"),
        ("pt_BR", "BR"),
        ("en_AU", "AU"),
        ("sw", "KE TZ"),
        ("", "US CA"),
    ],
)
def test_every_number_has_the_form_of_its_locale_and_is_valid_in_none_of_its_regions(locale: str, regions: str) -> None:
    kind = phone_kind(locale)
    found = 0
    for column, values in numbers(MINIMAL.vary(locale=locale)):
        found += len(values)
        assert all(is_safe(kind, value) for value in values), column
        assert [value for value in values if any(is_valid(value, region) for region in regions.split())] == [], column
    assert found > 50


def test_numbers_of_scenarios_obey_the_mode() -> None:
    profile = PROFILES["standard"].vary(modes={"phone": "nanp_valid"})
    assert "household_shared_contact" in plan(model_of("core"), profile).tenants[0].scenario_names
    for column, values in numbers(profile):
        assert [value for value in values if not (is_valid(value, "US") and is_safe("phone", value))] == [], column
    first = next(values for column, values in numbers(profile) if column == "client.phone_mobile")
    assert first.str.ends_with("-555-0142").sum() >= 2, "a couple shares it"


def test_a_snapshot_of_a_locale_says_which_form_its_numbers_have(tmp_path: Path) -> None:
    run = generate(MINIMAL.vary(locale="de_DE"), tmp_path)
    assert run.report is not None
    assert run.report.ok(strict=True)
    model = run.snapshot.manifest.model
    assert safe_kinds(model) == {"phone_000"}
    rule = next(rule for rule in rules_of(model.entity("client")) if rule.id == "U3 client.phone_mobile")
    with run.snapshot.catalog() as tables:
        assert tables.execute(f"select count(*) from client where {rule.fails}").fetchall() == [(0,)]
        ours = f"select count(*) from (select '555-212-1234' as phone_mobile) where {rule.fails}"
        assert tables.execute(ours).fetchall() == [(1,)]
    assert scan(run.snapshot.folder).findings == ()


def test_the_default_declares_what_it_did() -> None:
    assert model_of("core", "en_US") is model_of("core", modes={"phone": "seed"}) is model_of("core")
    assert safe_kinds(model_of("full", "de_DE", {"phone": "nanp_valid"})) == {"phone"}
    assert safe_kinds(model_of("full", "de_DE")) == {"phone_000"}


@pytest.mark.parametrize(
    ("form", "floor"), [("NATIONAL", 0.93), ("INTERNATIONAL", 0.99), ("E164", 0.99), ("RFC3966", 0.99)]
)
def test_numbers_of_every_region_are_in_texts(form: str, floor: float) -> None:
    written = [
        phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, form))
        for region in REGIONS
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
        if (number := phonenumbers.example_number_for_type(region, kind))
    ]
    texts = [
        f"{word} {number}"
        for number in written
        if len(re.sub("[^0-9]", "", number)) >= 7 and "555" not in number  # shorter ones are those of a few islands
        for word in ("Tel:", "phone", "mobile no.")
    ]
    missed = [text for text in texts if "phone" not in found(text)]
    assert len(texts) > 1000
    assert len(missed) <= len(texts) * (1 - floor), missed
