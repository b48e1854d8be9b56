"""When the codes that values are taken from were last checked, and against what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

GOOD_FOR = dt.timedelta(days=366)
"""How long a check counts: code sets have an edition a year."""


@dataclass(frozen=True)
class CodeSet:
    """The codes of some columns, the day on which they were checked, and what showed that they are right."""

    name: str
    columns: tuple[str, ...]
    checked_on: dt.date
    against: str


CODE_SETS = (
    CodeSet(
        "ICD-10-CM",
        ("client.primary_dx", "diagnosis.code"),
        dt.date(2026, 11, 26),
        "simple-icd-10-cm 1.5.0 (release of April 2026): each is a leaf, so billable",
    ),
    CodeSet(
        "places of service",
        ("location.pos_code", "appointment.pos_code", "ledger_entry.pos_code", "claim.pos_code"),
        dt.date(2026, 11, 25),
        "the list of CMS, as known when they were declared",
    ),
    CodeSet(
        "services",
        ("appointment.service_code", "ledger_entry.service_code", "claim_line.service_code"),
        dt.date(2026, 11, 23),
        "codes of our own: none of CPT or HCPCS has a hyphen, as known when they were declared",
    ),
    CodeSet(
        "payers",
        (
            "client.payer_code",
            "client.secondary_payer_code",
            "ledger_entry.payer_code",
            "insurance_policy.payer_code",
            "claim.payer_code",
            "payment_batch.payer_code",
        ),
        dt.date(2026, 11, 26),
        "kinds of our own, declared on that day",
    ),
    CodeSet(
        "taxonomy",
        ("claim.taxonomy",),
        dt.date(2026, 11, 26),
        "codes of our own: those of the NUCC begin with a digit, as known when they were declared",
    ),
    CodeSet(
        "languages",
        ("client.preferred_language",),
        dt.date(2026, 11, 26),
        "pycountry 26.2.16: each is in ISO 639-1",
    ),
    CodeSet(
        "area codes",
        ("location.phone", "provider.phone", "client.phone_mobile", "client.phone_home"),
        dt.date(2026, 11, 26),
        "phonenumbers 9.0.43: each is in use, in its state",
    ),
    CodeSet(
        "ZIP prefixes",
        ("location.zip", "client.zip"),
        dt.date(2026, 11, 26),
        "zipcodes 3.0.0: none of 42,789 ZIP codes has one of them",
    ),
)


def outdated(today: dt.date) -> tuple[CodeSet, ...]:
    """The code sets whose check is older than a year."""
    return tuple(codes for codes in CODE_SETS if today - codes.checked_on > GOOD_FOR)
