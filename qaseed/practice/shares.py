"""How many of each kind there are: every share of the practice in percent, with its source and how it is measured.

A profile can set each of them by its name. The realism part of a report compares those that have a query with the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qaseed.errors import UsageError, nearest
from qaseed.plan import Tenant, Tenants
from qaseed.practice.measures import CADENCE, DECIDED, OF_CLIENTS, OF_DAYS, OF_SERVICES, SIGNED, measured


@dataclass(frozen=True)
class Share:
    """Parts of a whole, in percent.

    `select` measures them as rows of (label, percent, sample size); without it they are not measured. A part is off if
    it differs by more than `tolerance` percentage points, and is not judged in a sample smaller than `least`.
    """

    doc: str
    parts: Mapping[str, float]
    source: str
    select: str = ""
    tolerance: float = 2.0
    least: int = 300


VISIT_SHARES = {
    "outcome": Share(
        "outcomes of past visits; cancellations by the client in time or late, or by the provider",
        dict(completed=72, no_show=10, cancelled=9, late_cancelled=5, provider_cancelled=3, rescheduled=1),
        "Ettman 2023 (586,000 psychiatry visits); Texas Tech psychiatry clinic no-shows 8-12 %",
        OF_DAYS,
    ),
    "future": Share(
        "visits that are booked after as_of",
        dict(ahead=13, past=87),
        "assumed: eight weeks whose visits are nearly all booked, behind 52 weeks of about as many each",
        OF_DAYS,
    ),
    "modality": Share(
        "how client and provider meet",
        dict(in_person=63, video=33.3, phone=3.7),
        "Epic Research Q3 2023: 37 % of mental-health visits by telehealth; audio a tenth assumed",
        OF_DAYS,
        tolerance=3,
    ),
}

CLIENT_SHARES = {
    "sex": Share(
        "sex of adult clients",
        dict(F=62, M=36, X=2),
        "NHIS 2024 (NCHS Data Brief 564): 16.9 % of women and 10.9 % of men in therapy",
        OF_CLIENTS,
    ),
    "age": Share(
        "age at as_of",
        {
            "5-11": 5,
            "12-17": 10,
            "18-25": 16,
            "26-34": 19,
            "35-44": 18,
            "45-54": 13,
            "55-64": 10,
            "65-74": 6,
            "75-95": 3,
        },
        "NCHS 2021 for minors, FAIR Health 2019; adult bands assumed",
        OF_CLIENTS,
        tolerance=3,
    ),
    "dx": Share(
        "main diagnosis of clients from 14 years",
        {
            "F41.1": 24,
            "F32-F33": 25,
            "F43.2": 12,
            "F90": 9,
            "F43.1": 8,
            "F40-F41": 8,
            "F31": 4,
            "F10-F19": 4,
            "F84": 2,
            "F42": 1.5,
            "F50": 1,
            "F60": 1,
            "Z": 0.5,
        },
        "FAIR Health 2019 and 2024 (claim lines): anxiety and depression first, then ADHD, adjustment, bipolar",
        OF_CLIENTS,
    ),
}

SERVICE_SHARES = {
    "therapy": Share(
        "services of therapists",
        {"QA-IND60": 44, "QA-IND45": 32, "intake": 10, "QA-IND30": 5, "family": 5, "group": 4},
        "Medicare 2013-2021: 60 over 45 minutes since 2017; the rest assumed",
        OF_SERVICES,
        tolerance=3,
    ),
    "medication": Share(
        "services of prescribers",
        {"QA-EM4": 45, "QA-EM3": 25, "QA-EMT": 15, "intake": 10, "QA-EM5": 5},
        "assumed; psychotherapy in 21.6 % of psychiatrists' visits 2015-2016",
        OF_SERVICES,
        tolerance=3,
        least=200,
    ),
    "payer": Share(
        "primary payers",
        dict(commercial=51, medicaid=20, self_pay=17, medicare=9, other=3),
        "JAMA Psychiatry 2020: psychiatrist visits self-paid 21.8 %; the rest assumed",
        OF_CLIENTS,
    ),
}

CALENDAR_SHARES = {
    "cadence": Share(
        "weeks between the visits of a series",
        {"1": 55, "2": 30, "4": 15},
        "assumed",
        measured(CADENCE, "weeks::int::varchar"),
        tolerance=5,
    ),
    "weekday": Share(
        "visits by weekday",
        {"Mon": 20, "Tue": 22, "Wed": 21.5, "Thu": 20.5, "Fri": 14, "Sat": 2},
        "assumed",
        OF_DAYS,
        tolerance=5,
    ),
    "growth": Share(
        "past visits in each half of the 52 weeks before as_of: a practice that grows by a twentieth a year",
        dict(first_half=49, second_half=51),
        "assumed",
        OF_DAYS,
        tolerance=3,
    ),
    "season": Share(
        "past visits by month: fewer in summer and at the end of the year",
        dict(
            Jan=8.5, Feb=8.1, Mar=8.9, Apr=8.7, May=8.5, Jun=8.3, Jul=7.4, Aug=7.5, Sep=8.6, Oct=9.3, Nov=8.4, Dec=7.8
        ),
        "Owl Practice 2016: September to November a fifth above July and August; other months by working days",
        OF_DAYS,
        tolerance=2,
        least=400,
    ),
    "hour": Share(
        "visits by local hour of their start: two peaks",
        {"07-09": 11, "09-12": 36, "12-15": 16, "15-18": 29, "18-20": 8},
        "assumed",
        OF_DAYS,
        tolerance=5,
    ),
}

DECISION_SHARES = {
    "signing": Share(
        "when notes of visits are signed, a month later",
        {"same day": 60, "24 h": 20, "72 h": 13, "later": 3, "draft": 4},
        "assumed",
        measured(SIGNED, "label"),
        tolerance=3,
    ),
    "denial": Share(
        "insurance's first decisions on claims",
        dict(denied=11, allowed=89),
        "behavioral-health benchmarks, 8 to 14 % (industry, weak)",
        measured("ledger_entry", "if(denial_reason is null, 'allowed', 'denied')", DECIDED),
        tolerance=3,
    ),
}

UNMEASURED_SHARES = {
    "known": Share(
        "clients registered in the window, or before it",
        dict(new=48, before=52),
        "assumed: most were in care before",
    ),
    "idle": Share("clients without any visit in the window", dict(none=8, some=92), "assumed"),
    "once": Share(
        "new clients who come once, or again",
        dict(once=33, again=67),
        "Psychiatric Services 2012: up to a third do not return after the first visit",
    ),
    "credentials": Share(
        "licenses of providers",
        dict(LCSW=28, LPC=20, LMFT=12, PsyD=9, PhD=9, LMSW=6, PMHNP=9, MD=7),
        "assumed: an outpatient group with two prescribers in thirteen",
    ),
    "contact": Share(
        "subjects of notes without a visit",
        dict(phone=45, collateral=20, treatment_plan=25, psychotherapy_note=10),
        "assumed",
    ),
    "method": Share("how clients pay", dict(card=70, check=10, cash=20), "assumed"),
    "language": Share(
        "preferred languages, ISO 639-1",
        dict(en=91, es=5, zh=1, vi=1, ar=1, fr=1),
        "ACS 2019: 8 % of the population, 28 % of Hispanics speak English less than very well; the rest assumed",
    ),
    "ethnicity": Share("ethnicity, OMB categories", dict(not_hispanic=78, hispanic=17, declined=5), "assumed"),
    "marital": Share(
        "marital status of adults",
        dict(single=46, married=36, divorced=12, widowed=3, separated=3),
        "assumed",
    ),
    "race": Share(
        "race, OMB categories",
        dict(white=68, black=13, asian=6, native=1, pacific=1, two_or_more=6, declined=5),
        "assumed",
    ),
    "referral": Share(
        "how clients found the practice",
        dict(self=35, primary_care=25, insurance=12, friend=10, school=6, hospital=5, court=2, online=5),
        "assumed",
    ),
}

SHARES: Mapping[str, Share] = {
    **VISIT_SHARES,
    **CLIENT_SHARES,
    **SERVICE_SHARES,
    **CALENDAR_SHARES,
    **DECISION_SHARES,
    **UNMEASURED_SHARES,
}


def check(tenant: Tenant) -> None:
    """Reject shares of a profile that are unknown, negative, or do not sum up to 100."""
    for name, parts in tenant.settings_by_name.get("shares", ()):
        if name not in SHARES:
            raise UsageError(f"shares.{name}: no such share; {nearest(name, SHARES)}")
        for label, percent in parts:
            if label not in SHARES[name].parts:
                raise UsageError(f"shares.{name}: no part {label!r}; {nearest(label, SHARES[name].parts)}")
            if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
                raise UsageError(f"shares.{name}.{label} is {percent!r}; give a percentage from 0 to 100")
        total = sum(percent for _, percent in parts)
        if abs(total - 100) > 0.01:
            raise UsageError(f"shares.{name}: its parts sum to {total:g}; make them 100")


def of(tenants: Tenants, name: str) -> Mapping[str, float]:
    """The parts of a share as the tenants' profile sets them, or as declared; parts that the profile omits are 0."""
    chosen = dict(tenants.settings_by_name.get("shares", ())).get(name)
    return SHARES[name].parts if chosen is None else dict.fromkeys(SHARES[name].parts, 0) | dict(chosen)


def rate(tenants: Tenants, name: str, label: str) -> float:
    """One part of a share, from 0 to 1."""
    return of(tenants, name)[label] / 100
