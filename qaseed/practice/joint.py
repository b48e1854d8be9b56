"""What clients' columns have to do with each other: odds, correlations and shares within groups, with their sources."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.joint_visits import PATTERN_FIGURES
from qaseed.practice.shares import ORDINARY
from qaseed.sql import query

_CLIENT = ORDINARY.replace("id &", "c.id &")
_AGE = "(date_diff('day', c.dob, date '{as_of}') / 365.2425)"


def _within(groups: dict[str, str], condition: str, source: str = "client c") -> str:
    """In each group of clients, the percentage for which the condition holds."""
    return " union all ".join(
        f"select '{label}', 100.0 * count_if({condition}) / count(*), count(*) "
        f"from {source} where {_CLIENT} and {group}"
        for label, group in groups.items()
    )


_SCORED = query(f"""
    (
        select
            n.*, c.primary_dx,
            row_number() over (partition by n.tenant_id, n.client_id order by n.created_at) as nth,
            c.intake_date > date '{{as_of}}' - 330 as recent
        from note n
        join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
        where n.phq9 is not null and {ORDINARY.replace("id &", "n.id &")}
    )
""")
_CODED = "primary_dx[:3] in ('F32', 'F33') and primary_dx <> 'F32.A'"
_MET = query(f"""
    (
        select
            a.status, c.payer_code,
            lag(a.status) over (partition by a.tenant_id, a.client_id order by a.start_at) as before
        from appointment a
        join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
        where a.status in ('completed', 'no_show') and {ORDINARY.replace("id &", "a.id &")}
    )
""")


def _odds_ratio(one: str, other: str) -> str:
    """How much higher the odds of a missed visit are in one group than in another."""
    missed, came = "status = 'no_show'", "status = 'completed'"
    return query(f"""
        select
            'odds ratio',
            1.0 * count_if({one} and {missed}) * count_if({other} and {came})
                / nullif(count_if({one} and {came}) * count_if({other} and {missed}), 0),
            count(*)
        from {_MET}
    """)


COVERAGE_FIGURES = (
    Figure(
        "medicare_by_age",
        "clients with Medicare, by age",
        (("from 65", 90, 99), ("adults below 65", 0, 3), ("minors", 0, 0)),
        _within(
            {"from 65": f"{_AGE} >= 65", "adults below 65": f"{_AGE} between 19 and 64.9", "minors": f"{_AGE} < 18"},
            "c.payer_code = 'medicare'",
        ),
        "Census 2022 (P60-281): 94 % from 65 have Medicare; below only those with a disability",
        tolerance=1,
        least=60,
    ),
    Figure(
        "allowed_by_payer",
        "what is allowed for an hour of therapy: Medicaid against Medicare",
        (("medicaid : medicare", 0.81, 0.81),),
        query(f"""
            select
                'medicaid : medicare',
                avg(allowed_cents) filter (payer_code = 'medicaid')
                    / avg(allowed_cents) filter (payer_code = 'medicare'),
                count(*)
            from ledger_entry
            where {ORDINARY} and service_code = 'QA-IND60' and allowed_cents is not null
        """),
        "PMC10125036: Medicaid pays 81 % of Medicare for mental-health services",
        tolerance=0.03,
        least=100,
        unit="ratio",
    ),
)

PERSON_FIGURES = (
    Figure(
        "spanish_by_ethnicity",
        "clients who prefer Spanish, by ethnicity",
        (("hispanic", 20, 36), ("others", 0, 1)),
        _within(
            {"hispanic": "c.ethnicity = 'hispanic'", "others": "c.ethnicity <> 'hispanic'"},
            "c.preferred_language = 'es'",
        ),
        "ACS 2019: 28 % of Hispanics speak English less than very well (from memory)",
        tolerance=1,
        least=100,
    ),
    Figure(
        "spouse_as_contact",
        "emergency contacts who are spouses, by marital status",
        (("married", 65, 85), ("others", 0, 0)),
        _within(
            {"married": "c.marital_status = 'married'", "others": "c.marital_status <> 'married'"},
            "c.emergency_contact_relation = 'spouse'",
        ),
        "assumed: most of the married, and nobody else",
        tolerance=1,
        least=100,
    ),
    Figure(
        "child_as_contact",
        "emergency contacts who are children, by age",
        (("from 65", 25, 65), ("below 30", 0, 0)),
        _within({"from 65": f"{_AGE} >= 65", "below 30": f"{_AGE} < 29"}, "c.emergency_contact_relation = 'child'"),
        "assumed: children are grown up when their parents are old",
        tolerance=1,
        least=60,
    ),
    Figure(
        "widowed_by_age",
        "widowed clients, by age",
        (("from 65", 8, 32), ("below 45", 0, 1)),
        _within({"from 65": f"{_AGE} >= 65", "below 45": f"{_AGE} < 45"}, "c.marital_status = 'widowed'"),
        "Census CPS 2023, table A1: 11 % at 65 to 74, a third from 75, below 1 % under 45 (from memory)",
        tolerance=1,
        least=60,
    ),
    Figure(
        "names_by_birth",
        "years from the births of those called Linda, Barbara, Patricia or Karen to Olivia, Isabella, Mia and Ava",
        (("years", 32, 58),),
        query(f"""
            select
                'years',
                avg(year(dob)) filter (first_name in ('Olivia', 'Isabella', 'Mia', 'Ava'))
                    - avg(year(dob)) filter (first_name in ('Linda', 'Barbara', 'Patricia', 'Karen')),
                count_if(first_name in ('Olivia', 'Isabella', 'Mia', 'Ava'))
            from client
            where {ORDINARY} and dob < date '{{as_of}}' - 365 * 5
        """),
        "Social Security Administration: names by year of birth",
        tolerance=6,
        least=12,
        unit="years",
    ),
    Figure(
        "school_by_age",
        "clients whom a school sent, by age",
        (("minors", 25, 45), ("from 30", 0, 0)),
        _within({"minors": f"{_AGE} < 18", "from 30": f"{_AGE} >= 30"}, "c.referral_source = 'school'"),
        "assumed: schools send pupils and students, and nobody else",
        tolerance=1,
        least=100,
    ),
    Figure(
        "minors_by_specialty",
        "minors among the clients of youth specialists, and of others",
        (("youth", 68, 90), ("others", 2, 9)),
        " union all ".join(
            f"select '{label}', 100.0 * count_if({_AGE} < 18) / count(*), count(*) from client c join provider p "
            f"on p.tenant_id = c.tenant_id and p.id = c.primary_provider_id where {_CLIENT} and {group}"
            for label, group in (("youth", "p.specialty = 'youth'"), ("others", "p.specialty <> 'youth'"))
        ),
        "assumed: four in five of a youth specialist's clients, and few of others'",
        tolerance=1,
        least=80,
    ),
)

ILLNESS_FIGURES = (
    Figure(
        "diagnoses",
        "diagnoses of a client",
        (("mean", 1.9, 1.9),),
        query(f"""
            select 'mean', 1 + avg(coalesce(len(string_split(further_dx, ' ')), 0)), count(*)
            from client
            where {ORDINARY}
        """),
        "Zimmerman 2008: 1.9 a psychiatric outpatient (n = 2,300)",
        tolerance=0.1,
        least=300,
        unit="count",
    ),
    Figure(
        "scores",
        "correlation of PHQ-9 and GAD-7 at a visit",
        (("r", 0.6, 0.6),),
        f"select 'r', corr(phq9, gad7), count(*) from {_SCORED}",
        "about 0.6 in outpatients (from memory; Loewe 2008: 0.64)",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    Figure(
        "phq9_by_dx",
        "points of PHQ-9 that clients with depression have more than others",
        (("points", 3, 6),),
        query(f"""
            select
                'points',
                avg(phq9) filter (primary_dx[:3] in ('F32', 'F33'))
                    - avg(phq9) filter (primary_dx[:3] not in ('F32', 'F33')),
                count(*)
            from {_SCORED}
        """),
        "assumed: a difference between moderate and mild depression (Kroenke 2001: bands of five points)",
        tolerance=0.8,
        least=500,
        unit="points",
    ),
    Figure(
        "phq9_by_code",
        "points of PHQ-9 that codes of moderate and severe depression have more than those of mild and of remission",
        (("points", 3, 7),),
        query(f"""
            select 'points', avg(phq9) filter (not mild) - avg(phq9) filter (mild), count_if(mild)
            from (select phq9, primary_dx in ('F32.0', 'F33.0', 'F33.41') as mild from {_SCORED} where {_CODED})
        """),
        "Kroenke 2001: bands of five points",
        tolerance=0.8,
        least=60,
        unit="points",
    ),
    Figure(
        "phq9_by_risk",
        "points of PHQ-9 that are more where the risk is low or elevated than where it is none",
        (("points", 3, 7),),
        query(f"""
            select
                'points',
                avg(phq9) filter (risk_level <> 'none') - avg(phq9) filter (risk_level = 'none'),
                count(*)
            from {_SCORED}
        """),
        "assumed; direction: Simon 2013, risk of suicide attempts rises with the PHQ-9",
        tolerance=0.8,
        least=500,
        unit="points",
    ),
    Figure(
        "phq9_by_visit",
        "points by which PHQ-9 of new clients is lower from their fifth scored visit on than at the first",
        (("points", 1, 5),),
        query(f"""
            select 'points', avg(phq9) filter (nth = 1) - avg(phq9) filter (nth >= 5), count_if(nth >= 5)
            from {_SCORED}
            where recent
        """),
        "assumed; direction: treatment helps, three to five points in routine care",
        tolerance=0.4,
        least=60,
        unit="points",
    ),
)

MISSED_FIGURES = (
    Figure(
        "missed_again",
        "odds of missing a visit after a missed one, against after one that took place",
        (("odds ratio", 4.42, 4.42),),
        _odds_ratio("before = 'no_show'", "before = 'completed'"),
        "PMC11149957: 4.42",
        tolerance=1.4,
        least=3000,
        unit="ratio",
    ),
    Figure(
        "missed_by_payer",
        "odds of missing a visit with Medicaid, against with a commercial plan",
        (("odds ratio", 1.56, 1.56),),
        _odds_ratio("payer_code = 'medicaid'", "payer_code = 'commercial'"),
        "PMC11149957: 1.56",
        tolerance=0.45,
        least=3000,
        unit="ratio",
    ),
)

JOINT_FIGURES = (*COVERAGE_FIGURES, *PERSON_FIGURES, *ILLNESS_FIGURES, *MISSED_FIGURES, *PATTERN_FIGURES)
