"""Codes carry the day of their check: other codes need another check, and `doctor` names old ones."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from qaseed.code_sets import CODE_SETS, CodeSet
from qaseed.doctor import run_checks
from qaseed.practice.generators.claims import TAXONOMIES
from qaseed.practice.tables import model_of
from qaseed.safety.identifiers import AREA_CODES, UNASSIGNED_ZIP3

DIGESTS = {
    "ICD-10-CM": "30106084723b",
    "places of service": "14d70d6f3158",
    "services": "78dd658b91c3",
    "payers": "36c56ba2100f",
    "taxonomy": "8389aeb96ab4",
    "languages": "c5858941670f",
    "area codes": "df450fcc2dbf",
    "ZIP prefixes": "fbe131f6bfb0",
}
"""Of the codes that were checked, with the day. Whoever changes a code checks its set, and renews both."""

BY_STATE = {"area codes": AREA_CODES, "ZIP prefixes": UNASSIGNED_ZIP3}


def codes_of(codes: CodeSet) -> list[str]:
    if codes.name in BY_STATE:
        return sorted(f"{state} {code}" for state, known in BY_STATE[codes.name].items() for code in known)
    if codes.name == "taxonomy":
        return sorted(TAXONOMIES.values())
    model = model_of("full")
    entities = (name.split(".") for name in codes.columns)
    return sorted({str(code) for entity, column in entities for code in model.entity(entity).column(column).choices})


@pytest.mark.parametrize("codes", CODE_SETS, ids=lambda codes: codes.name)
def test_codes_are_those_that_were_checked(codes: CodeSet) -> None:
    for entity, column in (name.split(".") for name in codes.columns):
        model_of("full").entity(entity).column(column)
    text = f"{codes.checked_on} {' '.join(codes_of(codes))}"
    assert hashlib.sha256(text.encode()).hexdigest()[:12] == DIGESTS[codes.name]


def test_every_column_of_codes_is_in_a_set() -> None:
    known = {column for codes in CODE_SETS for column in codes.columns}
    words = ("pos_code", "service_code", "payer_code", "taxonomy", "primary_dx", "preferred_language")
    declared = {
        f"{entity.name}.{column.name}"
        for entity in model_of("full").entities
        for column in entity.columns
        if column.name.endswith(words)
    }
    assert declared <= known


def said_on(day: dt.date) -> tuple[bool, str]:
    check = next(check for check in run_checks("postgresql://127.0.0.1:1/nothing", day) if check.name == "code sets")
    return check.ok, check.found


def test_doctor_names_the_sets_whose_check_is_older_than_a_year() -> None:
    first, last = (pick(codes.checked_on for codes in CODE_SETS) for pick in (min, max))
    assert said_on(first.replace(year=first.year + 1)) == (True, f"{len(CODE_SETS)}, checked since {first}")
    ok, found = said_on(first.replace(year=first.year + 1) + dt.timedelta(days=2))
    assert ok, "the machine is as it should be"
    assert found.startswith("checked more than a year ago: ")
    assert found.endswith("install a newer qaseed")
    later = last.replace(year=last.year + 1) + dt.timedelta(days=2)
    for codes in CODE_SETS:
        is_old = codes.checked_on == first
        assert (f"{codes.name} ({codes.checked_on})" in found) == is_old
        assert f"{codes.name} ({codes.checked_on})" in said_on(later)[1]


def test_the_page_lists_the_sets() -> None:
    page = (Path(__file__).parent.parent / "docs/explanation/values.md").read_text(encoding="utf-8")
    for codes in CODE_SETS:
        assert f"| {codes.name} | {codes.checked_on} | {codes.against} |" in page
