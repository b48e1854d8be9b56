"""Joint figures of notes, with sources: their scores, their texts, and how their authors write and sign them."""

from __future__ import annotations

from qaseed.model import Figure
from qaseed.practice.joint_queries import ANXIOUS, DEPRESSED, all_of
from qaseed.practice.measures import ORDINARY
from qaseed.sql import in_utc, query

_LOW = "primary_dx in ('F32.0', 'F33.0', 'F33.41')"
_CODED = f"({DEPRESSED} and primary_dx <> 'F32.A')"


def _difference(score: str, one: str, other: str, size: str) -> tuple[str, str]:
    """How many points more there are on average under one condition than under another."""
    return f"avg({score}) filter ({one}) - avg({score}) filter ({other})", size


SCORES = all_of(
    {
        "r": ("corr(phq9, gad7)", "count(*)"),
        "r of PHQ-9": ("corr(phq9, phq9_before)", "count(phq9_before)"),
        "r of GAD-7": ("corr(gad7, gad7_before)", "count(gad7_before)"),
        "r of risk": ("corr(phq9, list_position(['none', 'low', 'moderate', 'high'], risk_level))", "count(*)"),
        "anxiety : others": _difference("gad7", ANXIOUS, f"not {ANXIOUS}", f"count_if({ANXIOUS})"),
        "phq9_by_dx: points": _difference("phq9", DEPRESSED, f"not {DEPRESSED}", "count(*)"),
        "phq9_by_code: points": _difference(
            "phq9", f"{_CODED} and not {_LOW}", f"{_CODED} and {_LOW}", f"count_if({_CODED} and {_LOW})"
        ),
        "phq9_by_risk: points": _difference("phq9", "risk_level <> 'none'", "risk_level = 'none'", "count(*)"),
        "phq9_by_visit: points": _difference(
            "phq9", "recent and nth = 1", "recent and nth >= 4", "count_if(recent and nth >= 3)"
        ),
    },
    query(f"""
        (
            select
                *,
                row_number() over notes as nth,
                lag(phq9) over notes as phq9_before,
                lag(gad7) over notes as gad7_before
            from (
                select
                    n.tenant_id, n.client_id, n.session_start, n.phq9, n.gad7, n.risk_level,
                    c.primary_dx, c.primary_dx[:3] as dx, c.intake_date > date '{{as_of}}' - 330 as recent
                from note n
                join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
                where n.phq9 is not null and {ORDINARY.replace("id &", "n.id &")}
            )
            window notes as (partition by tenant_id, client_id order by session_start)
        )
    """),
)
# of every sixteenth note: the letters of all of them cost more than all other figures together; words are few
TEXTS = query(f"""
    with notes as materialized (
        select
            note_type,
            len(concat_ws(' ', subjective, objective, assessment, plan)) as length,
            if(id % 16 = 0, lower(concat(subjective, plan)), null) as text
        from note
        where {ORDINARY}
    )
    select
        unnest(['intake : progress', 'spread : mean']),
        unnest([
            avg(length) filter (note_type = 'intake') / avg(length) filter (note_type = 'progress'),
            stddev(length) filter (note_type = 'progress') / avg(length) filter (note_type = 'progress')
        ]),
        unnest([count_if(note_type = 'intake'), count_if(note_type = 'progress')])
    from notes
    union all
    select 'bits', -sum(share * log2(share)), (select count(text) from notes)
    from (
        select sum(uses) / sum(sum(uses)) over () as share
        from (
            select unnest(regexp_extract_all(word, '[a-z]')) as letter, uses
            from (
                select word, count(*) as uses
                from (select unnest(string_split(text, ' ')) as word from notes where text is not null)
                group by word
            )
        )
        group by letter
    )
""")
SIGNED = query(f"""
    select
        'within a day',
        100.0 * count_if(
            {in_utc("n.signed_at")} - {in_utc("a.end_at")} < interval 24 hour and n.signed_at >= a.end_at
        ) / count(*),
        count(*)
    from note n
    join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
    where n.signed_at is not null and n.amends_id is null and {ORDINARY.replace("id &", "n.id &")}
""")
PACE = query(f"""
    select 'between : all', between_authors / (between_authors + within), notes
    from (
        select var_samp(mean) - avg(variance / notes) as between_authors, avg(variance) as within, sum(notes) as notes
        from (
            select avg(lag) as mean, var_samp(lag) as variance, count(*) as notes
            from (
                select tenant_id, provider_id, ln(1 + epoch({in_utc("signed_at")} - {in_utc("created_at")}) / 60) as lag
                from note
                where signed_at is not null and appointment_id is not null and {ORDINARY}
            )
            group by tenant_id, provider_id
            having count(*) > 3
        )
    )
""")
USUAL_FORMAT = query(f"""
    select 'usual format', 100.0 * sum(most) / sum(notes), sum(notes)
    from (
        select max(notes) as most, sum(notes) as notes
        from (
            select tenant_id, provider_id, note_format, count(*) as notes from note where {ORDINARY} group by all
        )
        group by tenant_id, provider_id
    )
""")

SCORE_FIGURES = (
    Figure(
        "phq9_again",
        "correlation of PHQ-9 with that of the visit before",
        (("r of PHQ-9", 0.84, 0.84),),
        SCORES,
        "Kroenke 2001: 0.84 within two days",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    Figure(
        "gad7_again",
        "correlation of GAD-7 with that of the visit before",
        (("r of GAD-7", 0.83, 0.83),),
        SCORES,
        "Spitzer 2006: 0.83 within a week",
        tolerance=0.06,
        least=500,
        unit="ratio",
    ),
    Figure(
        "risk_with_phq9",
        "correlation of the level of risk with PHQ-9",
        (("r of risk", 0.35, 0.6),),
        SCORES,
        "assumed; direction: Simon 2013, risk of suicide attempts rises with the PHQ-9",
        tolerance=0.04,
        least=500,
        unit="ratio",
    ),
    Figure(
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
    Figure(
        "text_by_type",
        "length of intakes against progress notes",
        (("intake : progress", 1.3, 2.2),),
        TEXTS,
        "assumed: intakes have the history",
        tolerance=0.1,
        least=100,
        unit="ratio",
    ),
    Figure(
        "text_spread",
        "standard deviation of the length of progress notes against its mean",
        (("spread : mean", 0.3, 0.7),),
        TEXTS,
        "assumed: some providers write three times as much as others",
        tolerance=0.03,
        least=100,
        unit="ratio",
    ),
    Figure(
        "letters",
        "entropy of the letters of notes",
        (("bits", 4.14, 4.14),),
        TEXTS,
        "Shannon 1951: 4.14 bits a letter of English",
        tolerance=0.06,
        least=30,
        unit="bits",
    ),
    Figure(
        "signed",
        "notes that are signed within a day of the visit's end",
        (("within a day", 72, 90),),
        SIGNED,
        "assumed: most on the day, few after three",
        tolerance=2,
        least=100,
    ),
)

AUTHOR_FIGURES = (
    Figure(
        "pace",
        "share of the variance of how soon notes are signed (logarithm of minutes) that is between authors",
        (("between : all", 0.1, 0.25),),
        PACE,
        "assumed: a seventh; authors differ in how they document (Rule, Bedrick, Chiang and Hribar 2021)",
        tolerance=0.04,
        least=500,
        unit="ratio",
    ),
    Figure(
        "usual_format",
        "notes in the form that their author uses most",
        (("usual format", 92, 99),),
        USUAL_FORMAT,
        "assumed: nearly all",
        tolerance=1,
        least=100,
    ),
)
