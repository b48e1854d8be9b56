"""What clients, visits, notes and charges have to do with each other: figures that share one query for each table."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.shares import AHEAD, ORDINARY
from qaseed.sql import one_of, query

_AGE = "date_diff('day', dob, date '{as_of}') / 365.2425"
_DEPRESSED, _ANXIOUS = "dx in ('F32', 'F33')", "dx in ('F40', 'F41')"


def _share(group: str, condition: str) -> tuple[str, str]:
    """The percentage of a group for which a condition holds, and the size of the group."""
    return f"100.0 * count_if(({group}) and ({condition})) / nullif(count_if({group}), 0)", f"count_if({group})"


def _ratio(dividend: tuple[str, str], divisor: tuple[str, str]) -> tuple[str, str]:
    """One share against another, and the size of the smaller group."""
    return f"({dividend[0]}) / nullif({divisor[0]}, 0)", f"least({dividend[1]}, {divisor[1]})"


def _all_of(parts: dict[str, tuple[str, str]], source: str) -> str:
    """All figures of one source in one pass: each label has what it measures, and the size of its sample."""
    labels = ", ".join(f"'{label}'" for label in parts)
    values = ", ".join(f"({value})::double" for value, _ in parts.values())
    sizes = ", ".join(f"({size})::bigint" for _, size in parts.values())
    return f"select unnest([{labels}]), unnest([{values}]), unnest([{sizes}]) from {source}"


_CLIENTS = _all_of(
    {
        "Medicaid, minors": _share("age < 18", "payer_code = 'medicaid'"),
        "Medicaid, adults": _share("age >= 19 and age < 65", "payer_code = 'medicaid'"),
        "Medicaid, from 65": _share("age >= 65", "payer_code = 'medicaid'"),
        "self-pay, from 65": _share("age >= 65", "payer_code = 'self_pay'"),
        "married, 18 to 24": _share("age >= 18 and age < 25", "marital_status = 'married'"),
        "married, 35 to 64": _share("age >= 35 and age < 65", "marital_status = 'married'"),
        "divorced, below 30": _share("age < 30", "marital_status = 'divorced'"),
        "divorced, from 45": _share("age >= 45", "marital_status = 'divorced'"),
        "ADHD : depression": _ratio(_share("age < 18", "dx = 'F90'"), _share("age < 18", _DEPRESSED)),
        "minors : adults": _ratio(_share("age < 18", "dx = 'F90'"), _share("age >= 18", "dx = 'F90'")),
        "depressed : others": _ratio(
            _share(_DEPRESSED, "further_dx like '%F4%'"), _share(f"not {_DEPRESSED}", "further_dx like '%F4%'")
        ),
        "interpreter, English": _share("preferred_language = 'en'", "interpreter_needed"),
        "interpreter, others": _share("preferred_language <> 'en'", "interpreter_needed"),
        "Asians": _share("race = 'asian'", "preferred_language in ('zh', 'vi')"),
        "not Asians": _share("race <> 'asian'", "preferred_language in ('zh', 'vi')"),
        "born female": _share("sex_at_birth = 'F'", "pronouns = 'she/her'"),
        "born male": _share("sex_at_birth = 'M'", "pronouns = 'she/her'"),
    },
    f"(select *, {_AGE} as age, primary_dx[:3] as dx from client where {ORDINARY})",
)
_VISITS = _all_of(
    {
        "same weekday": _share("day_before is not null", "isodow(day) = isodow(day_before)"),
        "same time": _share("day_before is not null", "time = time_before"),
        "same modality": _share("day_before is not null", "modality = modality_before"),
        "a week later": _share("day_before is not null", "day - day_before = 7"),
        "r of gaps": ("corr(day - day_before, day_before - day_earlier)", "count(day_earlier)"),
        "Friday : Tuesday": ("count_if(isodow(day) = 5) / nullif(count_if(isodow(day) = 2), 0)", "count(*)"),
        "noon : morning": (
            "count_if(time[:2] in ('12', '13')) / nullif(count_if(time[:2] in ('10', '11')), 0)",
            "count(*)",
        ),
    },
    query(f"""
        (
            select
                start_local[:10]::date as day, start_local[12:16] as time, modality,
                lag(day) over visits as day_before, lag(day, 2) over visits as day_earlier,
                lag(time) over visits as time_before, lag(modality) over visits as modality_before
            from appointment
            where {ORDINARY} and appointment_type <> 'intake'
            window visits as (partition by tenant_id, client_id order by start_at)
        )
    """),
)
_SCORES = _all_of(
    {
        "r of PHQ-9": ("corr(phq9, phq9_before)", "count(phq9_before)"),
        "r of GAD-7": ("corr(gad7, gad7_before)", "count(gad7_before)"),
        "r of risk": ("corr(phq9, list_position(['none', 'low', 'moderate', 'high'], risk_level))", "count(*)"),
        "anxiety : others": (
            f"avg(gad7) filter ({_ANXIOUS}) - avg(gad7) filter (not {_ANXIOUS})",
            f"count_if({_ANXIOUS})",
        ),
    },
    query(f"""
        (
            select
                n.phq9, n.gad7, n.risk_level, c.primary_dx[:3] as dx,
                lag(n.phq9) over notes as phq9_before, lag(n.gad7) over notes as gad7_before
            from note n
            join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
            where n.phq9 is not null and {ORDINARY.replace("id &", "n.id &")}
            window notes as (partition by n.tenant_id, n.client_id order by n.session_start)
        )
    """),
)
_LENGTHS = _all_of(
    {
        "intake : progress": (
            "avg(length) filter (note_type = 'intake') / avg(length) filter (note_type = 'progress')",
            "count_if(note_type = 'intake')",
        ),
        "spread : mean": (
            "stddev(length) filter (note_type = 'progress') / avg(length) filter (note_type = 'progress')",
            "count_if(note_type = 'progress')",
        ),
    },
    query(f"""
        (
            select note_type, len(concat_ws(' ', subjective, objective, assessment, plan)) as length
            from note
            where {ORDINARY}
        )
    """),
)
# every sixteenth note will do: the text of all of them costs more than all other figures together
_LETTERS = query(f"""
    select 'bits', -sum(share * log2(share)), sum(times)::bigint
    from (
        select letter, count(*) as times, count(*) / sum(count(*)) over () as share
        from (
            select unnest(regexp_extract_all(lower(concat(subjective, plan)), '[a-z]')) as letter
            from note
            where {ORDINARY} and id % 16 = 0
        )
        group by letter
    )
""")
_SIGNED = query(f"""
    select
        'within a day',
        100.0 * count_if(n.signed_at - a.end_at < interval 24 hour and n.signed_at >= a.end_at) / count(*),
        count(*)
    from note n
    join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
    where n.signed_at is not null and n.amends_id is null and {ORDINARY.replace("id &", "n.id &")}
""")
_LOAD = query(f"""
    select 'r of weeks', corr(visits, before), count(before)
    from (
        select visits, lag(visits) over (partition by tenant_id, provider_id order by week) as before
        from (
            select tenant_id, provider_id, date_trunc('week', start_local[:10]::date) as week, count(*) as visits
            from appointment
            where {ORDINARY} and not ({one_of("status", AHEAD)})
            group by all
        )
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
_CHARGES = _all_of(
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


def _figure(
    name: str,
    doc: str,
    targets: tuple[tuple[str, float, float], ...],
    select: str,
    source: str,
    tolerance: float = 2,
    least: int = 100,
    unit: str = "percent",
) -> Figure:
    return Figure(name, doc, targets, select, source, tolerance=tolerance, least=least, unit=unit)


CLIENT_FIGURES = (
    _figure(
        "medicaid_by_age",
        "clients with Medicaid, by age",
        (("Medicaid, minors", 30, 45), ("Medicaid, adults", 13, 24), ("Medicaid, from 65", 0, 3)),
        _CLIENTS,
        "Census 2022 (P60-281): over a third of children, a fifth of all; the old have Medicare first",
    ),
    _figure(
        "uninsured_by_age",
        "clients without insurance from 65",
        (("self-pay, from 65", 0, 2),),
        _CLIENTS,
        "Census 2022 (P60-281): about 1 % from 65 have no insurance",
        tolerance=1,
    ),
    _figure(
        "married_by_age",
        "married clients, by age",
        (("married, 18 to 24", 2, 10), ("married, 35 to 64", 42, 66)),
        _CLIENTS,
        "Census CPS, table A1: about 7 % at 18 to 24, three in five at 35 to 64; fewer among clients",
    ),
    _figure(
        "divorced_by_age",
        "divorced clients, by age",
        (("divorced, below 30", 0, 3), ("divorced, from 45", 12, 26)),
        _CLIENTS,
        "Census CPS, table A1: below 3 % under 30, about 15 % from 45; more among clients",
        tolerance=1,
    ),
    _figure(
        "minors_by_dx",
        "minors with ADHD against those with depression",
        (("ADHD : depression", 2.23, 2.23),),
        _CLIENTS,
        "Bitsko 2022 (MMWR): 9.8 % of children have ADHD, 4.4 % depression",
        tolerance=1.1,
        unit="ratio",
    ),
    _figure(
        "adhd_by_age",
        "ADHD of minors against that of adults",
        (("minors : adults", 2, 4.5),),
        _CLIENTS,
        "DSM-5: 5 % of children and 2.5 % of adults; more among those in treatment",
        tolerance=0.6,
        unit="ratio",
    ),
    _figure(
        "anxiety_with_depression",
        "further diagnoses of anxiety or stress with depression, against with others",
        (("depressed : others", 1.15, 1.6),),
        _CLIENTS,
        "Kessler 2003 (JAMA): 59 % of those with major depression have an anxiety disorder; the ratio is assumed",
        tolerance=0.05,
        unit="ratio",
    ),
    _figure(
        "interpreter_by_language",
        "clients who need an interpreter, by language",
        (("interpreter, English", 0, 0), ("interpreter, others", 40, 70)),
        _CLIENTS,
        "assumed: about half of those who prefer another language",
        tolerance=1,
    ),
    _figure(
        "language_by_race",
        "clients who prefer Chinese or Vietnamese, by race",
        (("Asians", 18, 34), ("not Asians", 0, 1)),
        _CLIENTS,
        "Pew 2021: 28 % of Asian Americans do not speak English proficiently",
        tolerance=1,
        least=60,
    ),
    _figure(
        "pronouns_by_sex",
        "clients who go by she and her, by sex at birth",
        (("born female", 93, 99), ("born male", 0, 3)),
        _CLIENTS,
        "Pew 2022: 1.6 % of adults are transgender or nonbinary, 5 % below 30",
        tolerance=1,
    ),
)

VISIT_PATTERN_FIGURES = (
    _figure(
        "same_weekday",
        "follow-ups on the weekday of the visit before",
        (("same weekday", 88, 98),),
        _VISITS,
        "assumed: a client keeps the slot of the week",
    ),
    _figure(
        "same_time",
        "follow-ups at the time of the visit before",
        (("same time", 88, 98),),
        _VISITS,
        "assumed: a client keeps the slot of the week",
    ),
    _figure(
        "same_modality",
        "follow-ups in the way of the visit before",
        (("same modality", 85, 97),),
        _VISITS,
        "assumed: most clients keep how they meet",
    ),
    _figure(
        "a_week_later",
        "follow-ups seven days after the visit before",
        (("a week later", 50, 70),),
        _VISITS,
        "assumed: weekly sessions are the most frequent",
    ),
    _figure(
        "gaps",
        "autocorrelation of the days between visits",
        (("r of gaps", 0.65, 0.9),),
        _VISITS,
        "assumed: a client keeps a rhythm",
        tolerance=0.05,
        unit="ratio",
    ),
    _figure(
        "weekdays",
        "visits on Fridays against Tuesdays",
        (("Friday : Tuesday", 0.6, 0.9),),
        _VISITS,
        "assumed: Fridays are shorter",
        tolerance=0.1,
        least=1000,
        unit="ratio",
    ),
    _figure(
        "hours",
        "visits from 12 to 14 h against 10 to 12 h",
        (("noon : morning", 0.25, 0.6),),
        _VISITS,
        "assumed: people have lunch",
        tolerance=0.1,
        least=1000,
        unit="ratio",
    ),
    _figure(
        "load_by_week",
        "autocorrelation of a provider's visits in a week",
        (("r of weeks", 0.15, 0.6),),
        _LOAD,
        "assumed: caseloads persist",
        tolerance=0.05,
        least=1000,
        unit="ratio",
    ),
)

SCORE_FIGURES = (
    _figure(
        "phq9_again",
        "correlation of PHQ-9 with that of the visit before",
        (("r of PHQ-9", 0.84, 0.84),),
        _SCORES,
        "Kroenke 2001: 0.84 within two days",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    _figure(
        "gad7_again",
        "correlation of GAD-7 with that of the visit before",
        (("r of GAD-7", 0.83, 0.83),),
        _SCORES,
        "Spitzer 2006: 0.83 within a week",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    _figure(
        "risk_with_phq9",
        "correlation of the level of risk with PHQ-9",
        (("r of risk", 0.35, 0.6),),
        _SCORES,
        "assumed; direction: Simon 2013, risk of suicide attempts rises with the PHQ-9",
        tolerance=0.04,
        least=500,
        unit="ratio",
    ),
    _figure(
        "gad7_by_dx",
        "points of GAD-7 that clients with anxiety have more than others",
        (("anxiety : others", 1.5, 5),),
        _SCORES,
        "assumed; direction: Spitzer 2006, 14.4 with generalized anxiety against 4.9 without",
        tolerance=0.4,
        least=500,
        unit="points",
    ),
)

NOTE_FIGURES = (
    _figure(
        "text_by_type",
        "length of intakes against progress notes",
        (("intake : progress", 1.3, 2.2),),
        _LENGTHS,
        "assumed: intakes have the history",
        tolerance=0.1,
        unit="ratio",
    ),
    _figure(
        "text_spread",
        "standard deviation of the length of progress notes against its mean",
        (("spread : mean", 0.3, 0.7),),
        _LENGTHS,
        "assumed: some providers write three times as much as others",
        tolerance=0.03,
        unit="ratio",
    ),
    _figure(
        "letters",
        "entropy of the letters of notes",
        (("bits", 4.14, 4.14),),
        _LETTERS,
        "Shannon 1951: 4.14 bits a letter of English",
        tolerance=0.06,
        least=10000,
        unit="bits",
    ),
    _figure(
        "signed",
        "notes that are signed within a day of the visit's end",
        (("within a day", 72, 90),),
        _SIGNED,
        "assumed: most on the day, few after three",
    ),
)

RATE_FIGURES = (
    _figure(
        "medicaid_share",
        "what clients with Medicaid owe themselves of what is allowed",
        (("Medicaid, own share", 0, 4),),
        _CHARGES,
        "42 CFR 447.52: cost sharing is nominal, and none for children",
        tolerance=1,
    ),
    _figure(
        "rate_by_payer",
        "what is allowed for an hour of therapy: commercial plans against Medicare",
        (("commercial : Medicare", 1.05, 1.25),),
        _CHARGES,
        "assumed: a little above Medicare",
        tolerance=0.02,
        least=60,
        unit="ratio",
    ),
    _figure(
        "rate_by_time",
        "what Medicare allows for 60 minutes of therapy against 45",
        (("60 : 45 minutes", 1.47, 1.47),),
        _CHARGES,
        "CMS physician fee schedule 2023: 90837 against 90834",
        tolerance=0.12,
        least=30,
        unit="ratio",
    ),
)

PATTERN_FIGURES = (*CLIENT_FIGURES, *VISIT_PATTERN_FIGURES, *SCORE_FIGURES, *NOTE_FIGURES, *RATE_FIGURES)
