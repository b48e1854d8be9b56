"""How much of what there is: every share of the practice in percent, with its source and how it is measured.

A profile may set any of them by name; the realism part of a report compares each that has a query with the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qaseed.errors import UsageError, nearest
from qaseed.plan import Tenant

ORDINARY = "(id & 1099511627775) >= 1024"
"""Rows at ordinary places: scenarios are exceptions on purpose, and are not measured."""
_PAST = f"{ORDINARY} and status not in ('scheduled', 'confirmed', 'checked_in', 'in_session')"


@dataclass(frozen=True)
class Share:
    """Parts of a whole, in percent; `select` measures them as rows of (label, percent, sample size)."""

    doc: str
    parts: Mapping[str, float]
    source: str
    select: str = ""
    tolerance: float = 2.0
    least: int = 300


def counted(table: str, label: str, where: str = ORDINARY, of: str = "count(*)") -> str:
    """A query for the share of each label among the rows of a table; `of` is the sample's size."""
    return (
        f"select label, 100.0 * count(*) / sum(count(*)) over (), (select {of} from {table} where {where}) "
        f"from (select {label} as label from {table} where {where}) group by label"
    )


CLIENTS = "count(distinct (tenant_id, client_id))"
"""The size of a sample of visits: those of one client are alike."""
_AGE = (
    "case when age < 12 then '5-11' when age < 18 then '12-17' when age < 26 then '18-25' when age < 35 then '26-34' "
    "when age < 45 then '35-44' when age < 55 then '45-54' when age < 65 then '55-64' when age < 75 then '65-74' else '75-95' end"
)
_AGED = "(select *, date_diff('year', dob, date '{as_of}') - (strftime(dob, '%m%d') > strftime(date '{as_of}', '%m%d'))::int as age from client)"
_DX = (
    "case when primary_dx = 'F41.1' then 'F41.1' when primary_dx[:3] in ('F32', 'F33') then 'F32-F33' when primary_dx[:5] = 'F43.2' then 'F43.2' "
    "when primary_dx[:3] = 'F90' then 'F90' when primary_dx[:5] = 'F43.1' then 'F43.1' when primary_dx[:3] = 'F40' or primary_dx in ('F41.0', 'F41.9') then 'F40-F41' "
    "when primary_dx[:3] = 'F31' then 'F31' when primary_dx[:2] = 'F1' then 'F10-F19' when primary_dx[:3] = 'F84' then 'F84' when primary_dx[:3] = 'F42' then 'F42' "
    "when primary_dx[:3] = 'F50' then 'F50' when primary_dx[:3] = 'F60' then 'F60' when primary_dx[:1] = 'Z' then 'Z' end"
)
_VISITS = "(select a.*, p.can_prescribe from appointment a join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id)"
_SERVICE = (
    "case when appointment_type = 'intake' then 'intake' when appointment_type in ('family', 'couple') then 'family' "
    "when appointment_type = 'group' then 'group' else service_code end"
)
_HOUR = (
    "case when hour < 9 then '07-09' when hour < 12 then '09-12' when hour < 15 then '12-15' when hour < 18 then '15-18' "
    "when hour < 20 then '18-20' else 'other' end"
)
_HOURS = "(select *, try_cast(start_local[12:13] as int) as hour from appointment)"
_SIGNED = """(select n.*, case when n.signed_at is null then 'draft'
    when timezone(a.timezone, n.signed_at)::date = timezone(a.timezone, n.created_at)::date then 'same day'
    when n.signed_at <= n.created_at + interval 24 hours then '24 h' when n.signed_at <= n.created_at + interval 72 hours then '72 h'
    else 'later' end as label from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
    where n.created_at < date '{as_of}' - interval 30 days)"""
_ADULT = f"{ORDINARY} and age >= 18"
_CADENCE = f"""(select tenant_id, client_id as id, median(recurrence_weeks) as weeks from appointment
    where {ORDINARY} and recurrence_weeks is not null and status not in ('scheduled', 'confirmed') group by all having count(*) >= 3)"""

SHARES: Mapping[str, Share] = {
    "outcome": Share(
        "what became of past visits; cancelled by the client in time or late, or by the provider",
        dict(completed=72, no_show=10, cancelled=9, late_cancelled=5, provider_cancelled=3, rescheduled=1),
        "Ettman 2023 (586,000 psychiatry visits); Texas Tech psychiatry clinic no-shows 8-12 %",
        counted("appointment", "if(status = 'cancelled' and cancelled_by = 'provider', 'provider_cancelled', status)", _PAST),
    ),
    "future": Share(
        "visits that are booked after as_of", dict(ahead=18, past=82), "assumed, 15 to 20 %",
        counted("appointment", "if(status in ('scheduled', 'confirmed'), 'ahead', 'past')"),
    ),
    "modality": Share(
        "how they meet", dict(in_person=63, video=33.3, phone=3.7), "Epic Research Q3 2023: 37 % of mental-health visits by telehealth; audio a tenth assumed",
        counted("appointment", "modality", of=CLIENTS), tolerance=3,
    ),
    "sex": Share(
        "sex of adult clients", dict(F=62, M=36, X=2), "NHIS 2024 (NCHS Data Brief 564): 16.9 % of women and 10.9 % of men in therapy",
        counted(_AGED, "sex_at_birth", _ADULT),
    ),
    "age": Share(
        "age at as_of", {"5-11": 5, "12-17": 10, "18-25": 16, "26-34": 19, "35-44": 18, "45-54": 13, "55-64": 10, "65-74": 6, "75-95": 3},
        "NCHS 2021 for minors, FAIR Health 2019; adult bands assumed", counted(_AGED, _AGE),
    ),
    "dx": Share(
        "main diagnosis of clients from 14 years",
        {"F41.1": 24, "F32-F33": 25, "F43.2": 12, "F90": 9, "F43.1": 8, "F40-F41": 8, "F31": 4, "F10-F19": 4, "F84": 2, "F42": 1.5, "F50": 1, "F60": 1, "Z": 0.5},
        "FAIR Health 2019 and 2024 (claim lines): anxiety and depression first, then ADHD, adjustment, bipolar",
        counted(_AGED, _DX, f"{ORDINARY} and age >= 14"),
    ),
    "therapy": Share(
        "what therapists do", {"QA-IND60": 45, "QA-IND45": 33, "intake": 8, "QA-IND30": 5, "family": 5, "group": 4},
        "Medicare 2013-2021: 60 over 45 minutes since 2017; the rest assumed",
        counted(_VISITS, _SERVICE, f"{ORDINARY} and not can_prescribe", CLIENTS), tolerance=3,
    ),
    "medication": Share(
        "what prescribers do", {"QA-EM4": 45, "QA-EM3": 25, "QA-EMT": 15, "intake": 10, "QA-EM5": 5}, "assumed; psychotherapy in 21.6 % of psychiatrists' visits 2015-2016",
        counted(_VISITS, _SERVICE, f"{ORDINARY} and can_prescribe", CLIENTS), tolerance=3, least=200,
    ),
    "payer": Share(
        "who pays first", dict(commercial=52, medicaid=20, self_pay=17, medicare=8, other=3), "JAMA Psychiatry 2020: psychiatrist visits self-paid 21.8 %; the rest assumed",
        counted("client", "payer_code"),
    ),
    "cadence": Share(
        "weeks between the visits of a series", {"1": 55, "2": 30, "4": 15}, "assumed",
        counted(_CADENCE, "weeks::int::varchar"), tolerance=5,
    ),
    "weekday": Share(
        "visits by weekday", {"Mon": 20, "Tue": 22, "Wed": 21.5, "Thu": 20.5, "Fri": 14, "Sat": 2}, "assumed",
        counted("appointment", "strftime(try_cast(start_local[:10] as date), '%a')", of=CLIENTS), tolerance=5,
    ),
    "hour": Share(
        "visits by local hour of their start: two humps", {"07-09": 11, "09-12": 36, "12-15": 16, "15-18": 29, "18-20": 8}, "assumed",
        counted(_HOURS, _HOUR, of=CLIENTS), tolerance=5,
    ),
    "signing": Share(
        "when notes of visits are signed, a month later", {"same day": 60, "24 h": 20, "72 h": 13, "later": 3, "draft": 4}, "assumed",
        counted(_SIGNED, "label"), tolerance=3,
    ),
    "denial": Share(
        "claims decided by insurance at first", dict(denied=11, allowed=89), "behavioural-health benchmarks, 8 to 14 % (industry, weak)",
        counted("ledger_entry", "if(denial_reason is null, 'allowed', 'denied')", f"{ORDINARY} and entry_type = 'charge' and claim_status in ('paid', 'denied', 'appealed')"),
        tolerance=3,
    ),
    "known": Share("clients by when they were registered, in the window or before", dict(new=34, before=66), "assumed: most were in care before"),
    "idle": Share("clients without any visit in the window", dict(none=8, some=92), "assumed"),
    "once": Share("new clients who come once, or again", dict(once=33, again=67), "Psychiatric Services 2012: up to a third do not return after the first visit"),
    "credentials": Share("licences of providers", dict(LCSW=28, LPC=20, LMFT=12, PsyD=9, PhD=9, LMSW=6, PMHNP=9, MD=7), "assumed: an outpatient group with two prescribers in thirteen"),
    "contact": Share("what notes without a visit are about", dict(phone=45, collateral=20, treatment_plan=25, psychotherapy_note=10), "assumed"),
    "method": Share("how clients pay", dict(card=70, check=10, cash=20), "assumed"),
    "language": Share("preferred languages, ISO 639-1", dict(en=88, es=8, zh=1, vi=1, ar=1, fr=1), "assumed"),
    "marital": Share("marital status of adults", dict(single=46, married=36, divorced=12, widowed=3, separated=3), "assumed"),
    "race": Share("race, OMB categories", dict(white=68, black=13, asian=6, native=1, pacific=1, two_or_more=6, declined=5), "assumed"),
    "referral": Share("how clients came", dict(self=35, primary_care=25, insurance=12, friend=10, school=6, hospital=5, court=2, online=5), "assumed"),
}  # fmt: skip


def check(tenant: Tenant) -> None:
    """Refuse shares that a profile sets and that cannot be: unknown, negative, or not summing up to 100."""
    for name, parts in tenant.settings_by_name.get("shares", ()):
        if name not in SHARES:
            raise UsageError(f"shares.{name}: no such share; {nearest(name, SHARES)}")
        for label, weight in parts:
            if label not in SHARES[name].parts:
                raise UsageError(f"shares.{name}: no part {label!r}; {nearest(label, SHARES[name].parts)}")
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
                raise UsageError(f"shares.{name}.{label} is {weight!r}; give a percentage from 0 to 100")
        total = sum(weight for _, weight in parts)
        if abs(total - 100) > 0.01:
            raise UsageError(f"shares.{name}: its parts sum to {total:g}; make them 100")


def of(tenant: Tenant, name: str) -> Mapping[str, float]:
    """The parts of a share as the tenant's profile has them; what it leaves out is 0."""
    told = dict(tenant.settings_by_name.get("shares", ())).get(name)
    return SHARES[name].parts if told is None else dict.fromkeys(SHARES[name].parts, 0) | dict(told)


def rate(tenant: Tenant, name: str, label: str) -> float:
    """One part of a share, from 0 to 1."""
    return of(tenant, name)[label] / 100
