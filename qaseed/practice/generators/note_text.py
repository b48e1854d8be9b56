"""Recipes for what notes say: sentences that agree with the client, the visit and the provider; no dates, nobody else's name.

Verbs are in the past tense, so that they go with every pronoun.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from qaseed.practice.generators.clinic import age_at_session
from qaseed.practice.generators.sites import canary_of
from qaseed.recipes import joined, where
from qaseed.rows import Rows

REPORTS = (
    "a calmer week with fewer intrusive thoughts", "trouble falling asleep on most nights", "more energy in the mornings",
    "tension at work after a change of schedule", "that the breathing practice helped twice this week",
    "worry that came and went in the evening", "having gone for a walk on four days", "low mood for part of the weekend",
    "less avoidance of phone calls and errands", "a disagreement at home that was talked through afterwards",
    "steady appetite and a regular bedtime", "feeling tired but less on edge than last time",
    "one panic episode that passed within ten minutes", "difficulty concentrating on longer tasks", "dread before the start of the week",
    "a good visit with relatives after months of distance", "irritability in the late afternoon", "having kept the mood log on five days",
    "an urge to cancel today's visit, and pride in coming anyway", "loneliness in the evenings", "sleeping through on three nights",
    "a setback after a stressful phone call", "renewed interest in cooking and music", "fewer arguments about chores",
)  # fmt: skip
DETAILS = (
    "rated the week six out of ten", "used the grounding exercise during a crowded bus ride", "put off two errands and finished a third",
    "noticed the first signs earlier than before", "asked for help at home and received it", "skipped the gym but kept the evening walk",
    "spoke up in a meeting after weeks of silence", "cut down on coffee after noon", "wrote down the thoughts that came before the worry",
    "turned the phone off an hour before bed", "kept the plan for the weekend", "felt guilty about resting and rested anyway",
)  # fmt: skip
THEMES = (
    "Most of the time went to what keeps the worry going", "The session turned on expectations at home", "The focus was on sleep and routines",
    "Recent losses and what has changed since were explored", "Patterns of avoidance were traced together", "Strengths that helped before were named",
    "Conflict and how to leave it early was rehearsed", "The week's log was read together line by line", "Values and the next small step were discussed",
    "Return to activities was planned in small steps", "Self-criticism and a kinder answer to it were practised", "Stress at work and its limits were discussed",
)  # fmt: skip
METHODS = (
    "cognitive restructuring", "behavioural activation", "paced breathing and grounding", "motivational interviewing", "problem solving in steps",
    "exposure in small steps", "sleep hygiene and stimulus control", "emotion regulation skills", "communication exercises", "psychoeducation about the cycle of anxiety",
)  # fmt: skip
MOODS = (
    "Mood was euthymic, affect full range", "Mood was mildly anxious, affect congruent", "Mood was low, affect restricted",
    "Mood was described as tired, affect appropriate", "Mood was brighter than last time, affect reactive", "Mood was irritable at first and settled",
)  # fmt: skip
SIGHTS = (
    "Speech was normal in rate and volume", "Eye contact was good, thought process linear", "Alert and oriented, engaged throughout",
    "Dressed casually, movements unhurried", "Tearful once and able to continue", "Thought content without delusions, insight fair",
)  # fmt: skip
ASSESSMENTS = (
    "Progress toward the goals of the plan is steady", "Symptoms are improving and functioning is stable",
    "Symptoms are unchanged since the last contact", "A mild setback, with good use of coping skills",
    "Response to the current approach is partial", "Treatment remains appropriate at this level of care",
    "Insight into triggers has grown", "Motivation is good, follow-through is mixed", "Gains from the last weeks are holding",
)  # fmt: skip
MEDICATION = (
    "Current medication is tolerated, no side effects of note", "Mild morning drowsiness, otherwise well tolerated", "Doses were missed twice, reasons discussed",
    "Benefit is partial at the current dose", "Appetite and sleep are improved on the current dose", "No change of dose today",
)  # fmt: skip
HOMEWORK = (
    "Practise paced breathing daily and keep a short log", "Plan two pleasant activities before the next contact", "Keep the sleep schedule and limit screens in the evening",
    "Write down one worry a day with an answer to it", "Take one small step on the avoided task", "Continue the walks, with company once",
    "Use the grounding exercise at the first sign of panic", "Share the weekly plan at home", "Note what went well, once each evening",
)  # fmt: skip
NEXT = {1: "Next visit in one week", 2: "Next visit in two weeks", 4: "Next visit in four weeks"}
CALLS = (
    "about a change of appointment", "about sleep since the last visit", "to ask about side effects", "about a form for work", "after a difficult day", "to confirm the crisis plan",
)  # fmt: skip
SPOKEN = (
    "with the school counselor, with consent", "with the primary care office, with consent", "with the case manager, with consent", "with a family member, with consent on file",
)  # fmt: skip
GOALS = (
    "sleep at least seven hours on five nights a week", "return to two activities given up since last year", "score below ten on the questionnaires",
    "speak up at work once a week", "ride the bus without leaving early", "argue without leaving the room", "keep a weekly routine for a month",
)  # fmt: skip
YOUNG = 14
"""Below this age other sentences are told, and the guardian is the one who calls."""
YOUNG_REPORTS = (
    "a better week at school", "trouble falling asleep without the light on", "worry before tests", "two quarrels in the playground",
    "more patience with brothers and sisters", "stomach aches on school mornings", "a good day with friends", "tears at bedtime",
    "having finished homework on four days", "anger that passed more quickly", "a new interest in drawing", "missing a parent during the week",
)  # fmt: skip
YOUNG_DETAILS = (
    "drew the week as a weather map", "used belly breathing before a test", "earned six stars on the chart", "asked a teacher for help once",
    "told a parent about a worry", "kept the bedtime routine", "took turns in a game without a quarrel", "named three feelings without prompting",
)  # fmt: skip
YOUNG_THEMES = (
    "Feelings were named with cards and a drawing", "A story about worry was written together", "Turn-taking was practised in play",
    "The chart of the week was looked at together", "A calm-down plan for school was rehearsed", "Routines at home were planned with the guardian",
)  # fmt: skip
YOUNG_GOALS = (
    "fall asleep within half an hour on five nights a week", "stay in class all day", "use the calm-down plan before shouting", "finish homework on four days a week",
)  # fmt: skip
YOUNG_HOMEWORK = (
    "Practise belly breathing at bedtime", "Keep the star chart on the fridge", "Draw one worry a day and put it in the box", "Read the story about worry together", "Keep the bedtime routine at weekends too",
)  # fmt: skip
YOUNG_CALLS = (
    "about a change of appointment",
    "about sleep since the last visit",
    "to ask about side effects",
    "about a form for school",
    "after a difficult day",
)
LABELS = {
    "F32": "Major depressive disorder, single episode", "F33": "Major depressive disorder, recurrent", "F41.1": "Generalized anxiety disorder",
    "F41.0": "Panic disorder", "F41.9": "Anxiety disorder", "F40": "Social anxiety disorder", "F43.2": "Adjustment disorder", "F43.1": "Post-traumatic stress disorder",
    "F90": "Attention-deficit hyperactivity disorder", "F31": "Bipolar disorder", "F1": "Substance use disorder", "F84": "Autism spectrum disorder",
    "F42": "Obsessive-compulsive disorder", "F50": "Eating disorder", "F60": "Borderline personality disorder", "F93": "Separation anxiety of childhood", "Z": "A problem of life circumstances",
}  # fmt: skip
"""Our own short labels of diagnoses, by the beginning of the code."""
MET = {"in_person": "Seen in person at the office", "video": "Seen via secure video", "phone": "Session held by phone"}


def _one(rows: Rows, sentences: tuple[str, ...], *stream: str) -> pl.Series:
    return pl.Series(sentences).gather(rows.below(len(sentences), *stream))


def _two(rows: Rows, sentences: tuple[str, ...], *stream: str) -> tuple[pl.Series, pl.Series]:
    one = rows.below(len(sentences), *stream, "first")
    other = (one + 1 + rows.below(len(sentences) - 1, *stream, "second")) % len(sentences)
    return pl.Series(sentences).gather(one), pl.Series(sentences).gather(other)


def _young(rows: Rows) -> Any:
    return rows.memo("age at session", age_at_session) < YOUNG


def _one_by_age(rows: Rows, grown: tuple[str, ...], young: tuple[str, ...], *stream: str) -> pl.Series:
    return where(_young(rows), _one(rows, young, *stream), _one(rows, grown, *stream))


def _two_by_age(rows: Rows, grown: tuple[str, ...], young: tuple[str, ...], *stream: str) -> list[pl.Series]:
    pairs = zip(_two(rows, young, *stream), _two(rows, grown, *stream), strict=True)
    return [where(_young(rows), child, adult) for child, adult in pairs]


def _they(rows: Rows) -> pl.Series:
    return rows.look("client_id", "pronouns").str.split("/").list.first().str.to_titlecase()


def _their(rows: Rows) -> pl.Series:
    return rows.look("client_id", "pronouns").replace_strict(
        {"she/her": "her", "he/him": "his", "they/them": "their"}, return_dtype=pl.String
    )


def by_kind(rows: Rows, told: dict[str, pl.Series], otherwise: pl.Series) -> pl.Series:
    """The text that goes with the type of each note."""
    found = otherwise
    for kind, text in told.items():
        found = where(rows["note_type"] == kind, text, found)
    return found


def subjective(rows: Rows, column: str) -> pl.Series:
    """What the client reports, by name, age and pronoun of the client's own row."""
    name, they = rows.look("client_id", "first_name"), _they(rows)
    who = joined(name, ", ", pl.Series(rows.memo("age at session", age_at_session)).cast(pl.String), " years old, ")
    one, other = _two_by_age(rows, REPORTS, YOUNG_REPORTS, column)
    detail, more = _two_by_age(rows, DETAILS, YOUNG_DETAILS, column, "detail")
    call = _one_by_age(rows, CALLS, YOUNG_CALLS, column, "call")
    caller = where(_young(rows), "was spoken about when the guardian called ", "called ")
    visit = joined(
        who, "reported ", one, ". ", they, " ", detail, " and also described ", other, ". ", they, " ", more, ". ",
        they, " denied thoughts of harm to self or others.",
    )  # fmt: skip
    intake = joined(
        who, "came for a first visit and reported ", one, ". ", they, " also described ", other, " and ", detail, ". ", they,
        " hoped for relief within a few months and named ", _their(rows), " goals without prompting. Past treatment was brief and remembered as helpful. ",
        they, " denied thoughts of harm to self or others.",
    )  # fmt: skip
    return by_kind(
        rows,
        {
            "intake": intake,
            "phone": joined(who, caller, call, ". ", they, " reported ", one, ". ", they, " denied thoughts of harm to self or others."),
            "collateral": joined("Contact ", _one(rows, SPOKEN, column, "spoken"), ", about ", name, ". The information agreed with what ", name, " had reported: ", one, "."),
            "treatment_plan": joined(who, "reviewed the plan of care. ", they, " agreed with the goals and named ", one, " as the main concern."),
            "discharge": joined(who, "completed this episode of care. At the last visit ", name, " reported ", one, "."),
            "psychotherapy_note": joined("Private notes on the conversation with ", name, ". ", _one_by_age(rows, THEMES, YOUNG_THEMES, column, "theme"), ". My own reaction was worth a second look. A thread to return to: ", other, "."),
        },
        visit,
    )  # fmt: skip


def objective(rows: Rows, column: str) -> pl.Series:
    """What the provider saw, how they met, and what was measured."""
    met = rows.look("appointment_id", "modality").replace_strict(MET, default=None, return_dtype=pl.String)
    scores = joined(
        " PHQ-9 total ", rows["phq9"].cast(pl.String), ", GAD-7 total ", rows["gad7"].cast(pl.String), "."
    ).fill_null("")
    visit = joined(met, ". ", _one(rows, MOODS, column), ". ", _one(rows, SIGHTS, column, "sight"), ".", scores)
    return where(met.is_null(), "Contact between visits; no examination.", visit)


def assessment(rows: Rows, column: str) -> pl.Series:
    """How the provider judges it, with the diagnosis; nothing of a diagnosis in a psychotherapy note."""
    codes = rows.look("client_id", "primary_dx")
    label = pl.Series(["The problem"] * len(rows), dtype=pl.String)
    for begins, name in LABELS.items():
        label = where(codes.str.starts_with(begins), name, label)
    medical = rows.look("appointment_id", "appointment_type") == "med_mgmt"
    theme = where(
        medical.fill_null(value=False),
        _one(rows, MEDICATION, column, "drug"),
        _one_by_age(rows, THEMES, YOUNG_THEMES, column, "theme"),
    )
    text = joined(
        label, ". ", theme, ". ", _one(rows, ASSESSMENTS, column), ". Risk is judged ", rows["risk_level"], "."
    )
    contact = joined(label, ". ", _one(rows, ASSESSMENTS, column), ". Risk is judged ", rows["risk_level"], ".")
    return by_kind(
        rows,
        {
            "psychotherapy_note": pl.Series(["Kept apart from the record."] * len(rows), dtype=pl.String),
            **dict.fromkeys(("phone", "collateral", "treatment_plan", "discharge"), contact),
        },
        text,
    )


def plan(rows: Rows, column: str) -> pl.Series:
    """What was done and is to be done next, how long it took, and by whom; null for psychotherapy notes."""
    minutes = rows["session_minutes"].cast(pl.String)
    every = (
        rows.look("appointment_id", "recurrence_weeks")
        .replace_strict(NEXT, default="Next visit as arranged", return_dtype=pl.String)
        .fill_null("Next visit as arranged")
    )
    signature = joined(
        " Treating provider: ",
        rows.look("provider_id", "credentials"),
        f". [synthetic record {canary_of(rows.tenant)}]",
    )
    one, other = _two_by_age(rows, GOALS, YOUNG_GOALS, column, "goal")
    visit = joined(
        "Used ", _one(rows, METHODS, column), " for most of the ", minutes, "-minute session. ", _one_by_age(rows, HOMEWORK, YOUNG_HOMEWORK, column, "homework"), ". ",
        every, ".", signature,
    )  # fmt: skip
    done = by_kind(
        rows,
        {
            "treatment_plan": joined("Goals for the next three months: ", one, "; ", other, ". Reviewed every ninety days.", signature),
            "discharge": joined("Return at any time by calling the office. The relapse plan was reviewed: ", _one_by_age(rows, HOMEWORK, YOUNG_HOMEWORK, column, "homework").str.to_lowercase(), ".", signature),
        },
        where(minutes.is_null(), joined(_one_by_age(rows, HOMEWORK, YOUNG_HOMEWORK, column, "homework"), ". Take it up at the next visit.", signature), visit),
    )  # fmt: skip
    return where(rows["note_type"] != "psychotherapy_note", done)
