"""The queries of joint figures: one pass over each table measures all that several figures need."""

from __future__ import annotations

from qaseed.practice.measures import AHEAD, ORDINARY
from qaseed.sql import one_of, query

_AGE = "date_diff('day', dob, date '{as_of}') / 365.2425"
DEPRESSED, ANXIOUS = "dx in ('F32', 'F33')", "dx in ('F40', 'F41')"


def _odds_ratio(one: str, other: str) -> str:
    """How much more likely one condition is where another holds: 1 if they know nothing of each other."""
    return (
        f"1.0 * count_if({one} and {other}) * count_if(not {one} and not {other})"
        f" / nullif(count_if({one} and not {other}) * count_if(not {one} and {other}), 0)"
    )


def _share(group: str, condition: str) -> tuple[str, str]:
    """The percentage of a group for which a condition holds, and the size of the group."""
    return f"100.0 * count_if(({group}) and ({condition})) / nullif(count_if({group}), 0)", f"count_if({group})"


def _ratio(dividend: tuple[str, str], divisor: tuple[str, str]) -> tuple[str, str]:
    """One share against another, and the size of the smaller group."""
    return f"({dividend[0]}) / nullif({divisor[0]}, 0)", f"least({dividend[1]}, {divisor[1]})"


def all_of(parts: dict[str, tuple[str, str]], source: str) -> str:
    """All figures of one source in one pass: each label has what it measures, and the size of its sample."""
    labels = ", ".join(f"'{label}'" for label in parts)
    values = ", ".join(f"({value})::double" for value, _ in parts.values())
    sizes = ", ".join(f"({size})::bigint" for _, size in parts.values())
    return f"select unnest([{labels}]), unnest([{values}]), unnest([{sizes}]) from {source}"


# a query of its own is planned sooner, and measured with few clients too
NAMES = query(f"""
    select
        'years',
        avg(year(dob)) filter (first_name in ('Olivia', 'Isabella', 'Mia', 'Ava'))
            - avg(year(dob)) filter (first_name in ('Linda', 'Barbara', 'Patricia', 'Karen')),
        count_if(first_name in ('Olivia', 'Isabella', 'Mia', 'Ava'))
    from client
    where {ORDINARY} and dob < date '{{as_of}}' - 365 * 5
""")
_AGED = f"(select *, {_AGE} as age, primary_dx[:3] as dx from client where {ORDINARY})"
# the manifest repeats the query of each figure, so that a query of many figures makes it long
COVERED = all_of(
    {
        "Medicaid, minors": _share("age < 18", "payer_code = 'medicaid'"),
        "Medicaid, adults": _share("age >= 19 and age < 65", "payer_code = 'medicaid'"),
        "Medicaid, from 65": _share("age >= 65", "payer_code = 'medicaid'"),
        "self-pay, from 65": _share("age >= 65", "payer_code = 'self_pay'"),
        "medicare_by_age: from 65": _share("age >= 65", "payer_code = 'medicare'"),
        "medicare_by_age: adults below 65": _share("age between 19 and 64.9", "payer_code = 'medicare'"),
        "medicare_by_age: minors": _share("age < 18", "payer_code = 'medicare'"),
        "supplement: commercial": _share("plan_type = 'original'", "secondary_payer_code = 'commercial'"),
        "supplement: Medicaid": _share("plan_type = 'original'", "secondary_payer_code = 'medicaid'"),
        "medicaid_behind: commercial": _share(
            "payer_code = 'medicaid' or secondary_payer_code = 'medicaid'", "payer_code = 'commercial'"
        ),
        "plan_year: commercial": _share("payer_code = 'commercial'", "month(coverage_from) = 1"),
        "plan_year: medicaid": _share("payer_code = 'medicaid'", "month(coverage_from) = 1"),
    },
    _AGED,
)
CLOSE = all_of(
    {
        "married, 18 to 24": _share("age >= 18 and age < 25", "marital_status = 'married'"),
        "married, 35 to 64": _share("age >= 35 and age < 65", "marital_status = 'married'"),
        "divorced, below 30": _share("age < 30", "marital_status = 'divorced'"),
        "divorced, from 45": _share("age >= 45", "marital_status = 'divorced'"),
        "spouse_as_contact: married": _share("marital_status = 'married'", "emergency_contact_relation = 'spouse'"),
        "spouse_as_contact: others": _share("marital_status <> 'married'", "emergency_contact_relation = 'spouse'"),
        "child_as_contact: from 65": _share("age >= 65", "emergency_contact_relation = 'child'"),
        "child_as_contact: below 30": _share("age < 29", "emergency_contact_relation = 'child'"),
        "widowed_by_age: from 65": _share("age >= 65", "marital_status = 'widowed'"),
        "widowed_by_age: below 45": _share("age < 45", "marital_status = 'widowed'"),
        "school_by_age: minors": _share("age < 18", "referral_source = 'school'"),
        "school_by_age: from 30": _share("age >= 30", "referral_source = 'school'"),
    },
    _AGED,
)
ORIGINS = all_of(
    {
        "interpreter, English": _share("preferred_language = 'en'", "interpreter_needed"),
        "interpreter, others": _share("preferred_language <> 'en'", "interpreter_needed"),
        "Asians": _share("race = 'asian'", "preferred_language in ('zh', 'vi')"),
        "not Asians": _share("race <> 'asian'", "preferred_language in ('zh', 'vi')"),
        "born female": _share("sex_at_birth = 'F'", "pronouns = 'she/her'"),
        "born male": _share("sex_at_birth = 'M'", "pronouns = 'she/her'"),
        "spanish_by_ethnicity: hispanic": _share("ethnicity = 'hispanic'", "preferred_language = 'es'"),
        "spanish_by_ethnicity: others": _share("ethnicity <> 'hispanic'", "preferred_language = 'es'"),
    },
    _AGED,
)
CLIENTS = all_of(
    {
        "ADHD : depression": _ratio(_share("age < 18", "dx = 'F90'"), _share("age < 18", DEPRESSED)),
        "minors : adults": _ratio(_share("age < 18", "dx = 'F90'"), _share("age >= 18", "dx = 'F90'")),
        "depressed : others": _ratio(
            _share(DEPRESSED, "further_dx like '%F4%'"), _share(f"not {DEPRESSED}", "further_dx like '%F4%'")
        ),
        "diagnoses: mean": ("1 + avg(coalesce(len(string_split(further_dx, ' ')), 0))", "count(*)"),
    },
    _AGED,
)
MEN = all_of(
    {
        "autism": _share("dx = 'F84'", "sex_at_birth = 'M'"),
        "ADHD, minors": _share("dx = 'F90' and age < 18", "sex_at_birth = 'M'"),
        "substance use": _share("dx[:2] = 'F1'", "sex_at_birth = 'M'"),
        "eating disorders": _share("dx = 'F50'", "sex_at_birth = 'M'"),
        "PTSD": _share("primary_dx[:5] = 'F43.1' and age >= 19", "sex_at_birth = 'M'"),
    },
    _AGED,
)
_MISSED, _CAME = "status = 'no_show'", "status = 'completed'"


def _missed(one: str, other: str) -> tuple[str, str]:
    """How much higher the odds of a missed visit are in one group than in another."""
    return (
        (
            f"1.0 * count_if({one} and {_MISSED}) * count_if({other} and {_CAME})"
            f" / nullif(count_if({one} and {_CAME}) * count_if({other} and {_MISSED}), 0)"
        ),
        f"count_if({_MISSED} or {_CAME})",
    )


def _before(condition: str, value: str, nth: int = 1) -> str:
    """What the visits of a client for which the condition holds have of the one before among them."""
    return f"if({condition}, lag(if({condition}, {value}, null), {nth} ignore nulls) over visits, null)"


VISITS = all_of(
    {
        "same weekday": _share("day_before is not null", "isodow(day) = isodow(day_before)"),
        "same time": _share("day_before is not null", "time = time_before"),
        "same modality": _share("day_before is not null", "modality = modality_before"),
        "a week later": _share("day_before is not null", "day - day_before = 7"),
        "r of gaps": ("corr(day - day_before, day_before - day_earlier)", "count(day_earlier)"),
        "Friday : Tuesday": (
            "count_if(follows and isodow(day) = 5) / nullif(count_if(follows and isodow(day) = 2), 0)",
            "count_if(follows)",
        ),
        "noon : morning": (
            (
                "count_if(follows and left(time, 2) in ('12', '13'))"
                " / nullif(count_if(follows and left(time, 2) in ('10', '11')), 0)"
            ),
            "count_if(follows)",
        ),
        "called_off_again: odds ratio": (_odds_ratio("off", "off_before"), "count(off_before)"),
        "missed_again: odds ratio": _missed("status_before = 'no_show'", "status_before = 'completed'"),
        "missed_by_payer: odds ratio": _missed("payer_code = 'medicaid'", "payer_code = 'commercial'"),
        "minors : adults": (_odds_ratio("minor", "time >= '15'"), "count_if(minor)"),
        "late": _share("late is not null", "late"),
    },
    query(f"""
        (
            select
                *,
                {_before("follows", "day")} as day_before, {_before("follows", "day", 2)} as day_earlier,
                {_before("follows", "time")} as time_before, {_before("follows", "modality")} as modality_before,
                {_before("was_due", "off")} as off_before, {_before("met", "status")} as status_before
            from (
                select
                    a.tenant_id, a.client_id, a.start_at, a.status, a.modality, c.payer_code,
                    left(a.start_local, 10)::date as day, substr(a.start_local, 12, 5) as time,
                    day < c.dob + interval 18 years as minor,
                    a.appointment_type <> 'intake' as follows,
                    not ({one_of("a.status", AHEAD)}) as was_due,
                    {one_of("a.status", ("completed", "no_show"))} as met,
                    a.cancelled_by is not distinct from 'client' as off,
                    a.checked_in_at > a.start_at as late
                from appointment a
                join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
                where {ORDINARY.replace("id &", "a.id &")}
            )
            window visits as (partition by tenant_id, client_id order by start_at)
        )
    """),
)


ANSWERS = query(f"""
    select
        'confirmed : others',
        {_odds_ratio("missed", "sure")},
        count(*)
    from (
        select status = 'no_show' as missed, confirmed_at is not null as sure
        from appointment
        where {ORDINARY} and status in ('completed', 'no_show') and reminder_sent_at is not null
    )
""")
RHYTHMS = query(f"""
    select
        'prescribers : therapists',
        avg(days) filter (can_prescribe) / avg(days) filter (not can_prescribe),
        count_if(can_prescribe)
    from (
        select
            p.can_prescribe,
            a.days
        from (
            select
                tenant_id, provider_id,
                day - lag(day) over (partition by tenant_id, client_id, provider_id order by start_at) as days
            from (
                select tenant_id, client_id, provider_id, start_at, left(start_local, 10)::date as day
                from appointment
                where {ORDINARY}
            )
        ) a
        join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
        where a.days is not null
    )
""")
METHODS = query(f"""
    select 'one way', 100.0 * count_if(ways = 1) / count(*), count(*)
    from (
        select count(distinct method) as ways
        from ledger_entry
        where {ORDINARY} and entry_type = 'client_payment'
        group by tenant_id, client_id
        having count(*) >= 3
    )
""")
TREATMENTS = query(f"""
    select 'therapist too', 100.0 * count_if(therapy) / count(*), count(*)
    from (
        select bool_or(not p.can_prescribe) as therapy
        from appointment a
        join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
        where {ORDINARY.replace("id &", "a.id &")}
        group by a.tenant_id, a.client_id
        having bool_or(p.can_prescribe)
    )
""")
FAMILIES = all_of(
    {
        "LMFT : others": _ratio(
            _share("credentials = 'LMFT'", "together"),
            _share("credentials <> 'LMFT' and not can_prescribe", "together"),
        )
    },
    query(f"""
        (
            select p.credentials, p.can_prescribe, a.service_code = 'QA-FAM' as together
            from appointment a
            join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
            where {ORDINARY.replace("id &", "a.id &")}
        )
    """),
)
OF_WEEKS = query(f"""
    with weeks as materialized (
        select
            tenant_id, provider_id,
            date_trunc('week', day) as week,
            date_diff('day', day, date '{{as_of}}') // 28 as part,
            count(*) as visits,
            count_if(day < date '{{as_of}}') as past
        from (
            select tenant_id, provider_id, try_cast(left(start_local, 10) as date) as day
            from appointment
            where {ORDINARY} and not ({one_of("status", AHEAD)})
        )
        group by all
    )
    select
        unnest(['volume: fewest', 'volume: most']),
        unnest([min(visits) / avg(visits), max(visits) / avg(visits)]),
        sum(visits)::bigint
    from (select part, sum(past) as visits from weeks group by part having part < 13 and visits > 0)
    union all
    select
        'season: autumn : summer',
        avg(visits) filter (month(week) in (9, 10)) / avg(visits) filter (month(week) in (7, 8)),
        sum(visits)::bigint
    from (select week, sum(past) as visits from weeks group by week having visits > 0)
    union all
    select 'load_by_week: r of weeks', corr(visits, before), count(before)
    from (
        select visits, lag(visits) over (partition by tenant_id, provider_id order by week) as before
        from (select tenant_id, provider_id, week, sum(visits) as visits from weeks group by all)
    )
""")


def _due(payer: str) -> tuple[str, str]:
    """The percentage of what is allowed that clients of a payer owe themselves."""
    of_payer = f"payer_code = '{payer}'"
    return (
        f"100.0 * sum(client_due_cents) filter ({of_payer}) / sum(allowed_cents) filter ({of_payer})",
        f"count_if({of_payer})",
    )


def _rate(one: str, other: str) -> tuple[str, str]:
    """What is allowed on average under one condition against another."""
    return (
        f"avg(allowed_cents) filter ({one}) / avg(allowed_cents) filter ({other})",
        f"least(count_if({one}), count_if({other}))",
    )


_HOUR = "service_code = 'QA-IND60'"
CHARGES = all_of(
    {
        "Medicaid, own share": _due("medicaid"),
        "commercial : Medicare": _rate(
            f"{_HOUR} and payer_code = 'commercial'", f"{_HOUR} and payer_code = 'medicare'"
        ),
        "60 : 45 minutes": _rate(
            f"{_HOUR} and payer_code = 'medicare'", "service_code = 'QA-IND45' and payer_code = 'medicare'"
        ),
    },
    f"(select * from ledger_entry where {ORDINARY} and entry_type = 'charge' and allowed_cents is not null)",
)
