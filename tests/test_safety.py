"""Predicates say the same in Python and in duckdb, and detection judges names by words and values by shape."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qaseed import check_for_phi
from qaseed.practice import MODEL
from qaseed.safety import PREDICATES, is_safe
from qaseed.safety.names import reject_reason
from support.cases import for_each

SAFE = {
    "email": [
        "a.b.1@example.com",
        "A@EXAMPLE.ORG",
        "x@t001.example.com",
        "x@test.local",
        "x@demo.invalid",
        "x@qa-testing.org",
        "x@y.test",
    ],
    "phone": [
        "555-212-1234",
        "000-555-9999",
        "(999) 555-1234",
        "212-555-0123",
        "+1 212 555 0199",
        "800-555-0199",
        "5552121234",
    ],
    "zip": ["85412", "35301-0001", "00000"],
    "npi": ["2000000002"],
    "member_id": ["QAM0749391363"],
}
UNSAFE = {
    "email": [
        "x@example.com.evil.io",
        "x@notexample.com",
        "x@example.com@real.com",
        "x@examp1e.com",
        "x@ｅxample.com",
        "x@gmail.com",
        "x@test",
    ],
    "phone": [
        "212-555-1212",
        "212-555-4334",
        "800-555-0100",
        "212-867-5309",
        "+555 212 1234",
        "+5552121234567",
        "12125551234",
        "911",
    ],
    "zip": ["90210", "10001", "12345", "8541", "85412-1"],
    "npi": ["2000000003", "1245319599", "200000000", "20000000020"],
    "member_id": ["QAM0749391364", "0749391363"],
}


def in_duckdb(kind: str, value: str) -> bool:
    found: bool = duckdb.execute(f"select {PREDICATES[kind].sql('v')} from (select ?::varchar v)", [value]).fetchall()[
        0
    ][0]
    return found


@for_each(("kind", "value"), [(kind, value) for kind, values in SAFE.items() for value in values])
def test_safe(kind: str, value: str) -> None:
    assert is_safe(kind, value)
    assert in_duckdb(kind, value)


@for_each(("kind", "value"), [(kind, value) for kind, values in UNSAFE.items() for value in values])
def test_unsafe(kind: str, value: str) -> None:
    assert not is_safe(kind, value)
    assert not in_duckdb(kind, value)


@settings(max_examples=150)
@given(st.sampled_from(sorted(PREDICATES)), st.text("0123456789-()+. 5abQAMCR@example.com\n", max_size=20))
def test_both_engines_agree(kind: str, value: str) -> None:
    assert is_safe(kind, value) == in_duckdb(kind, value)


@given(st.integers(0, 99_999_999))
def test_every_npi_has_one_check_digit(body: int) -> None:
    assert sum(is_safe("npi", f"2{body:08d}{check}") for check in range(10)) == 1


def test_every_identifying_column_has_a_predicate() -> None:
    for entity in MODEL.entities:
        for column in entity.columns:
            assert column.phi in (None, "dates") or column.safe in PREDICATES, f"{entity.name}.{column.name}"


def test_no_column_of_ours_is_named_like_an_identifier() -> None:
    names = {column.name for entity in MODEL.entities for column in entity.columns}
    assert [name for name in names if reject_reason(name)] == []


REJECTED = """ssn patientSSN patient_ssn patientssn PatientSSNNumber SSN# ssn[] ss subscriber_ss data.patient.ssn patient__ssn X-Patient-SSN
ｓｓｎ s\u200dsn ssn4 ssn_last4 social_security_number socialSecurityNo socialsecuritynumber taxId tin itin driver_license driversLicenseNo
driver_licence DRIVERS dl_no passport passportNo passportno us_passport real_name actual_email federaldrugid deaNumber license_number vin
licensePlate fingerprint photo headshot bank_account routing_number iban creditCardNumber cvv mbi medicare_number device_serial imei
mac_address ssn_hash encrypted_ssn face_template password""".split()
ALLOWED = """progressNotes progressNote className businessName illnessNotes wellnessNotes addressNumber accessNumber witnessName processName
passNumber crossNotes session mission passport_photo_required passportPhotoRequired has_passport social_history social_worker_id
social_determinants ethnicity capacity velocity description relationship recipient prescription rating setting meeting routing_key
suicidal_ideation deadline audit_log audio province moving saving telehealth hotel coverage message usage phototherapy photo_consent
passed_at statement_id timezone hostname ssn_required is_ssn_verified plate_count tin_roof driver_class passport_issuing_country
license_type first_name last_name email phone dob mrn member_id npi address credential_ref chart_no""".split()


@for_each("name", REJECTED)
def test_names_of_identifiers_are_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="PHI field detected"):
        check_for_phi({name: "..."})


@for_each("name", ALLOWED)
def test_other_names_are_not(name: str) -> None:
    check_for_phi({name: "x"})


@dataclass
class Person:
    ssn: str


@pytest.mark.parametrize(
    "fields",
    [{"a": {"b": [{"ssn": 1}]}}, [{"ssn": 1}], ({"ssn": 1},), Person("x"), {"p": Person("x")}, pl.DataFrame({"ssn": ["1"]}), {"notes": "SSN 123-45-6789"},
     {"notes": ["social security no 123456789"]}],
)  # fmt: skip
def test_any_nesting_is_searched(fields: object) -> None:
    with pytest.raises(ValueError, match="PHI") as error:
        check_for_phi(fields)
    assert "123" not in str(error.value)


def test_a_circle_ends_and_a_well_has_a_floor() -> None:
    circle: dict[str, object] = {"name": "x"}
    circle["self"] = circle
    check_for_phi(circle)
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"d": deep}
    with pytest.raises(ValueError, match="deep"):
        check_for_phi(deep)
