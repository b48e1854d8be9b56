"""What clients' columns have to do with each other: odds, correlations and shares within groups, with their sources."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.joint_care import CARE_FIGURES
from qaseed.practice.joint_medication import MEDICATION_FIGURES
from qaseed.practice.joint_notes import SCORES
from qaseed.practice.joint_queries import CLIENTS, CLOSE, COVERED, MEN, NAMES, ORIGINS, VISITS
from qaseed.practice.joint_visits import PATTERN_FIGURES
from qaseed.practice.measures import ORDINARY
from qaseed.sql import query

_CLIENT = ORDINARY.replace("id &", "c.id &")
_AGE = "(date_diff('day', c.dob, date '{as_of}') / 365.2425)"


COVERAGE_FIGURES = (
    Figure(
        "medicare_by_age",
        "clients with Medicare, by age",
        (("from 65", 90, 99), ("adults below 65", 0, 3), ("minors", 0, 0)),
        COVERED,
        "Census 2022 (P60-281): 94 % from 65 have Medicare; below only those with a disability",
        tolerance=1,
        least=60,
    ),
    Figure(
        "supplement",
        "clients with Medicare's own plan, by who pays what it leaves",
        (("commercial", 60, 75), ("Medicaid", 14, 22)),
        COVERED,
        "KFF, traditional Medicare in 2016 to 2023: Medigap 29 to 43 % and employers 30 %, Medicaid 16 to 22 %",
        tolerance=1,
        least=60,
    ),
    Figure(
        "medicaid_behind",
        "clients with Medicaid whom a commercial plan insures first",
        (("commercial", 13.4, 13.4),),
        COVERED,
        "GAO-15-208: 13.4 % of Medicaid's members had private insurance in 2012",
        tolerance=2,
        least=100,
    ),
    Figure(
        "plan_year",
        "clients whose coverage began in January, by payer",
        (("commercial", 42, 58), ("medicaid", 3, 14)),
        COVERED,
        "assumed: most employers' plan years begin in January, and people who are hired join in any month",
        tolerance=1,
        least=200,
    ),
    Figure(
        "own_share_by_month",
        "what commercial clients owe of what is allowed, by months since a year of their plan began",
        (("first three", 45, 75), ("last six", 18, 38)),
        query(f"""
            select
                unnest(['first three', 'last six']),
                unnest([
                    100.0 * sum(due) filter (month < 3) / sum(allowed) filter (month < 3),
                    100.0 * sum(due) filter (month >= 6) / sum(allowed) filter (month >= 6)
                ]),
                unnest([count_if(month < 3), count_if(month >= 6)])
            from (
                select
                    l.client_due_cents as due,
                    l.allowed_cents as allowed,
                    (month(l.service_date) - month(c.coverage_from) + 12) % 12 as month
                from ledger_entry l
                join client c on c.tenant_id = l.tenant_id and c.id = l.client_id
                where l.allowed_cents is not null and c.payer_code = 'commercial'
                and {ORDINARY.replace("id &", "l.id &")}
            )
        """),
        "KFF 2024: 87 % of covered workers have a deductible, of 1,787 dollars on average; two in five plans exempt "
        "visits (assumed)",
        tolerance=3,
        least=100,
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
        ORIGINS,
        "ACS 2019: 28 % of Hispanics speak English less than very well (from memory)",
        tolerance=1,
        least=100,
    ),
    Figure(
        "spouse_as_contact",
        "emergency contacts who are spouses, by marital status",
        (("married", 65, 85), ("others", 0, 0)),
        CLOSE,
        "assumed: most of the married, and nobody else",
        tolerance=1,
        least=100,
    ),
    Figure(
        "child_as_contact",
        "emergency contacts who are children, by age",
        (("from 65", 25, 65), ("below 30", 0, 0)),
        CLOSE,
        "assumed: children are grown up when their parents are old",
        tolerance=1,
        least=60,
    ),
    Figure(
        "widowed_by_age",
        "widowed clients, by age",
        (("from 65", 8, 32), ("below 45", 0, 1)),
        CLOSE,
        "Census CPS 2023, table A1: 11 % at 65 to 74, a third from 75, below 1 % under 45 (from memory)",
        tolerance=1,
        least=60,
    ),
    Figure(
        "names_by_birth",
        "years from the births of those called Linda, Barbara, Patricia or Karen to Olivia, Isabella, Mia and Ava",
        (("years", 32, 58),),
        NAMES,
        "Social Security Administration: names by year of birth",
        tolerance=6,
        least=12,
        unit="years",
    ),
    Figure(
        "school_by_age",
        "clients whom a school sent, by age",
        (("minors", 25, 45), ("from 30", 0, 0)),
        CLOSE,
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
        CLIENTS,
        "Zimmerman 2008: 1.9 a psychiatric outpatient (n = 2,300)",
        tolerance=0.1,
        least=300,
        unit="count",
    ),
    Figure(
        "men_by_dx",
        "clients born male, by main diagnosis; with ADHD of minors",
        (
            ("autism", 65, 88),
            ("ADHD, minors", 55, 75),
            ("substance use", 55, 76),
            ("eating disorders", 5, 32),
            ("PTSD", 15, 34),
        ),
        MEN,
        "CDC ADDM 2020, NSCH 2016, SAMHSA TEDS 2020, NCS-R 2005 and 2007: 77, 67, 66, 20 and 26 % (from memory)",
        tolerance=1,
        least=40,
    ),
    Figure(
        "dx_by_specialty",
        "ADHD or autism of clients of psychologists who test, and of others; adjustment disorders with prescribers",
        (("tested", 24, 36), ("not tested", 8, 16), ("adjusting, prescribers", 3, 8)),
        " union all ".join(
            f"select '{label}', 100.0 * count_if({codes}) / count(*), count(*) "
            "from client c join provider p on p.tenant_id = c.tenant_id and p.id = c.primary_provider_id "
            f"where {_CLIENT} and {_AGE} >= 19 and {group}"
            for label, codes, group in (
                ("tested", "c.primary_dx[:3] in ('F84', 'F90')", "p.specialty = 'testing'"),
                ("not tested", "c.primary_dx[:3] in ('F84', 'F90')", "p.specialty <> 'testing'"),
                ("adjusting, prescribers", "c.primary_dx[:5] = 'F43.2'", "p.can_prescribe"),
            )
        ),
        "assumed: who needs an assessment or medication seeks those who offer it",
        tolerance=1,
        least=80,
    ),
    Figure(
        "scores",
        "correlation of PHQ-9 and GAD-7 at a visit",
        (("r", 0.6, 0.6),),
        SCORES,
        "about 0.6 in outpatients (from memory; Loewe 2008: 0.64)",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    Figure(
        "phq9_by_dx",
        "points of PHQ-9 that clients with depression have more than others",
        (("points", 3, 6),),
        SCORES,
        "assumed: a difference between moderate and mild depression (Kroenke 2001: bands of five points)",
        tolerance=0.8,
        least=500,
        unit="points",
    ),
    Figure(
        "phq9_by_code",
        "points of PHQ-9 that codes of moderate and severe depression have more than those of mild and of remission",
        (("points", 3, 7),),
        SCORES,
        "Kroenke 2001: bands of five points",
        tolerance=0.8,
        least=60,
        unit="points",
    ),
    Figure(
        "phq9_by_risk",
        "points of PHQ-9 that are more where the risk is low or elevated than where it is none",
        (("points", 3, 7),),
        SCORES,
        "assumed; direction: Simon 2013, risk of suicide attempts rises with the PHQ-9",
        tolerance=0.8,
        least=500,
        unit="points",
    ),
    Figure(
        "phq9_by_visit",
        "points by which PHQ-9 of new clients is lower from their fourth scored visit on than at the first",
        (("points", 1, 5),),
        SCORES,
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
        VISITS,
        "PMC11149957: 4.42",
        tolerance=1.4,
        least=3000,
        unit="ratio",
    ),
    Figure(
        "missed_by_payer",
        "odds of missing a visit with Medicaid, against with a commercial plan",
        (("odds ratio", 1.56, 1.56),),
        VISITS,
        "PMC11149957: 1.56",
        tolerance=0.45,
        least=3000,
        unit="ratio",
    ),
)

JOINT_FIGURES = (
    *COVERAGE_FIGURES,
    *PERSON_FIGURES,
    *ILLNESS_FIGURES,
    *MISSED_FIGURES,
    *CARE_FIGURES,
    *MEDICATION_FIGURES,
    *PATTERN_FIGURES,
)
