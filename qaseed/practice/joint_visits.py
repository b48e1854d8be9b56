"""What clients, visits, notes and charges have to do with each other, with sources."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.joint_queries import CHARGES, CLIENTS, LENGTHS, LETTERS, LOAD, SCORES, SIGNED, VISITS


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
        CLIENTS,
        "Census 2022 (P60-281): over a third of children, a fifth of all; the old have Medicare first",
    ),
    _figure(
        "uninsured_by_age",
        "clients without insurance from 65",
        (("self-pay, from 65", 0, 2),),
        CLIENTS,
        "Census 2022 (P60-281): about 1 % from 65 have no insurance",
        tolerance=1,
    ),
    _figure(
        "married_by_age",
        "married clients, by age",
        (("married, 18 to 24", 2, 10), ("married, 35 to 64", 42, 66)),
        CLIENTS,
        "Census CPS, table A1: about 7 % at 18 to 24, three in five at 35 to 64; fewer among clients",
    ),
    _figure(
        "divorced_by_age",
        "divorced clients, by age",
        (("divorced, below 30", 0, 3), ("divorced, from 45", 12, 26)),
        CLIENTS,
        "Census CPS, table A1: below 3 % under 30, about 15 % from 45; more among clients",
        tolerance=1,
    ),
    _figure(
        "minors_by_dx",
        "minors with ADHD against those with depression",
        (("ADHD : depression", 2.23, 2.23),),
        CLIENTS,
        "Bitsko 2022 (MMWR): 9.8 % of children have ADHD, 4.4 % depression",
        tolerance=1.1,
        unit="ratio",
    ),
    _figure(
        "adhd_by_age",
        "ADHD of minors against that of adults",
        (("minors : adults", 2, 4.5),),
        CLIENTS,
        "DSM-5: 5 % of children and 2.5 % of adults; more among those in treatment",
        tolerance=0.6,
        unit="ratio",
    ),
    _figure(
        "anxiety_with_depression",
        "further diagnoses of anxiety or stress with depression, against with others",
        (("depressed : others", 1.15, 1.6),),
        CLIENTS,
        "Kessler 2003 (JAMA): 59 % of those with major depression have an anxiety disorder; the ratio is assumed",
        tolerance=0.05,
        unit="ratio",
    ),
    _figure(
        "interpreter_by_language",
        "clients who need an interpreter, by language",
        (("interpreter, English", 0, 0), ("interpreter, others", 40, 70)),
        CLIENTS,
        "assumed: about half of those who prefer another language",
        tolerance=1,
    ),
    _figure(
        "language_by_race",
        "clients who prefer Chinese or Vietnamese, by race",
        (("Asians", 18, 34), ("not Asians", 0, 1)),
        CLIENTS,
        "Pew 2021: 28 % of Asian Americans do not speak English proficiently",
        tolerance=1,
        least=60,
    ),
    _figure(
        "pronouns_by_sex",
        "clients who go by she and her, by sex at birth",
        (("born female", 93, 99), ("born male", 0, 3)),
        CLIENTS,
        "Pew 2022: 1.6 % of adults are transgender or nonbinary, 5 % below 30",
        tolerance=1,
    ),
)

VISIT_PATTERN_FIGURES = (
    _figure(
        "same_weekday",
        "follow-ups on the weekday of the visit before",
        (("same weekday", 88, 98),),
        VISITS,
        "assumed: a client keeps the slot of the week",
    ),
    _figure(
        "same_time",
        "follow-ups at the time of the visit before",
        (("same time", 88, 98),),
        VISITS,
        "assumed: a client keeps the slot of the week",
    ),
    _figure(
        "same_modality",
        "follow-ups in the way of the visit before",
        (("same modality", 85, 97),),
        VISITS,
        "assumed: most clients keep how they meet",
    ),
    _figure(
        "a_week_later",
        "follow-ups seven days after the visit before",
        (("a week later", 50, 70),),
        VISITS,
        "assumed: weekly sessions are the most frequent",
    ),
    _figure(
        "gaps",
        "autocorrelation of the days between visits",
        (("r of gaps", 0.65, 0.9),),
        VISITS,
        "assumed: a client keeps a rhythm",
        tolerance=0.05,
        unit="ratio",
    ),
    _figure(
        "weekdays",
        "visits on Fridays against Tuesdays",
        (("Friday : Tuesday", 0.6, 0.9),),
        VISITS,
        "assumed: Fridays are shorter",
        tolerance=0.1,
        least=1000,
        unit="ratio",
    ),
    _figure(
        "hours",
        "visits from 12 to 14 h against 10 to 12 h",
        (("noon : morning", 0.25, 0.6),),
        VISITS,
        "assumed: people have lunch",
        tolerance=0.1,
        least=1000,
        unit="ratio",
    ),
    _figure(
        "load_by_week",
        "autocorrelation of a provider's visits in a week",
        (("r of weeks", 0.15, 0.6),),
        LOAD,
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
        SCORES,
        "Kroenke 2001: 0.84 within two days",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    _figure(
        "gad7_again",
        "correlation of GAD-7 with that of the visit before",
        (("r of GAD-7", 0.83, 0.83),),
        SCORES,
        "Spitzer 2006: 0.83 within a week",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    _figure(
        "risk_with_phq9",
        "correlation of the level of risk with PHQ-9",
        (("r of risk", 0.35, 0.6),),
        SCORES,
        "assumed; direction: Simon 2013, risk of suicide attempts rises with the PHQ-9",
        tolerance=0.04,
        least=500,
        unit="ratio",
    ),
    _figure(
        "gad7_by_dx",
        "points of GAD-7 that clients with anxiety have more than others",
        (("anxiety : others", 1.5, 5),),
        SCORES,
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
        LENGTHS,
        "assumed: intakes have the history",
        tolerance=0.1,
        unit="ratio",
    ),
    _figure(
        "text_spread",
        "standard deviation of the length of progress notes against its mean",
        (("spread : mean", 0.3, 0.7),),
        LENGTHS,
        "assumed: some providers write three times as much as others",
        tolerance=0.03,
        unit="ratio",
    ),
    _figure(
        "letters",
        "entropy of the letters of notes",
        (("bits", 4.14, 4.14),),
        LETTERS,
        "Shannon 1951: 4.14 bits a letter of English",
        tolerance=0.06,
        least=10000,
        unit="bits",
    ),
    _figure(
        "signed",
        "notes that are signed within a day of the visit's end",
        (("within a day", 72, 90),),
        SIGNED,
        "assumed: most on the day, few after three",
    ),
)

RATE_FIGURES = (
    _figure(
        "medicaid_share",
        "what clients with Medicaid owe themselves of what is allowed",
        (("Medicaid, own share", 0, 4),),
        CHARGES,
        "42 CFR 447.52: cost sharing is nominal, and none for children",
        tolerance=1,
    ),
    _figure(
        "rate_by_payer",
        "what is allowed for an hour of therapy: commercial plans against Medicare",
        (("commercial : Medicare", 1.05, 1.25),),
        CHARGES,
        "assumed: a little above Medicare",
        tolerance=0.02,
        least=60,
        unit="ratio",
    ),
    _figure(
        "rate_by_time",
        "what Medicare allows for 60 minutes of therapy against 45",
        (("60 : 45 minutes", 1.47, 1.47),),
        CHARGES,
        "CMS physician fee schedule 2023: 90837 against 90834",
        tolerance=0.12,
        least=30,
        unit="ratio",
    ),
)

PATTERN_FIGURES = (*CLIENT_FIGURES, *VISIT_PATTERN_FIGURES, *SCORE_FIGURES, *NOTE_FIGURES, *RATE_FIGURES)
