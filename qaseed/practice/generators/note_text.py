"""Recipes for the text of notes: sentences that agree with the client, the visit and the provider, without dates.

A note names its own client and no other. Each text is a template whose fields are columns, joined by `_fill`.
"""

from __future__ import annotations

from string import Formatter

import polars as pl

from qaseed.practice.generators import sentences
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clinic import age_at_session
from qaseed.practice.generators.sites import canary_of
from qaseed.recipes import joined, where
from qaseed.rows import Rows

NO_HARM = "{they} denied thoughts of harm to self or others."
BETWEEN_VISITS = ("phone", "collateral", "treatment_plan", "discharge")
"""Types of notes that assess the client without a session."""


def _fill(template: str, **parts: pl.Series) -> pl.Series:
    """The template with its `{fields}` filled in, row by row; null where a part is null."""
    pieces: list[pl.Series | str] = []
    for text, field, *_ in Formatter().parse(template):
        pieces.append(text)
        if field is not None:
            pieces.append(parts[field])
    return joined(*pieces)


def _constant(rows: Rows, text: str) -> pl.Series:
    return pl.Series([text] * len(rows), dtype=pl.String)


def _one(rows: Rows, choices: tuple[str, ...], *stream: str) -> pl.Series:
    return pl.Series(choices).gather(rows.below(len(choices), *stream))


def _two(rows: Rows, choices: tuple[str, ...], *stream: str) -> tuple[pl.Series, pl.Series]:
    """Two different ones of the choices."""
    one = rows.below(len(choices), *stream, "first")
    other = (one + 1 + rows.below(len(choices) - 1, *stream, "second")) % len(choices)
    return pl.Series(choices).gather(one), pl.Series(choices).gather(other)


def _young(rows: Rows) -> Mask:
    return rows.cached("age at session", age_at_session) < sentences.YOUNG_BELOW


def _one_by_age(rows: Rows, adult: tuple[str, ...], young: tuple[str, ...], *stream: str) -> pl.Series:
    return where(_young(rows), _one(rows, young, *stream), _one(rows, adult, *stream))


def _two_by_age(rows: Rows, adult: tuple[str, ...], young: tuple[str, ...], *stream: str) -> list[pl.Series]:
    pairs = zip(_two(rows, young, *stream), _two(rows, adult, *stream), strict=True)
    return [where(_young(rows), of_young, of_adult) for of_young, of_adult in pairs]


def _they(rows: Rows) -> pl.Series:
    return rows.lookup("client_id", "pronouns").str.split("/").list.first().str.to_titlecase()


def _their(rows: Rows) -> pl.Series:
    return rows.lookup("client_id", "pronouns").replace_strict(
        {"she/her": "her", "he/him": "his", "they/them": "their"}, return_dtype=pl.String
    )


def _by_type(rows: Rows, texts: dict[str, pl.Series], default: pl.Series) -> pl.Series:
    """The text for the type of each note."""
    chosen = default
    for note_type, text in texts.items():
        chosen = where(rows["note_type"] == note_type, text, chosen)
    return chosen


def subjective(rows: Rows, column: str) -> pl.Series:
    """What the client reports, with the name, age and pronouns of the client's own row."""
    name = rows.lookup("client_id", "first_name")
    age = pl.Series(rows.cached("age at session", age_at_session)).cast(pl.String)
    one, other = _two_by_age(rows, sentences.REPORTS, sentences.YOUNG_REPORTS, column)
    detail, more = _two_by_age(rows, sentences.DETAILS, sentences.YOUNG_DETAILS, column, "detail")
    parts = {
        "name": name,
        "who": _fill("{name}, {age} years old,", name=name, age=age),
        "they": _they(rows),
        "their": _their(rows),
        "one": one,
        "other": other,
        "detail": detail,
        "more": more,
        "called": where(_young(rows), "was spoken about when the guardian called", "called"),
        "call": _one_by_age(rows, sentences.CALLS, sentences.YOUNG_CALLS, column, "call"),
        "contact": _one(rows, sentences.CONTACTS, column, "spoken"),
        "theme": _one_by_age(rows, sentences.THEMES, sentences.YOUNG_THEMES, column, "theme"),
    }
    visit = "{who} reported {one}. {they} {detail} and also described {other}. {they} {more}. " + NO_HARM
    by_type = {
        "intake": (
            "{who} came for a first visit and reported {one}. {they} also described {other} and {detail}. {they} hoped "
            "for relief within a few months and named {their} goals without prompting. Past treatment was brief and "
            "remembered as helpful. " + NO_HARM
        ),
        "phone": "{who} {called} {call}. {they} reported {one}. " + NO_HARM,
        "collateral": "Contact {contact}, about {name}. The information agreed with what {name} had reported: {one}.",
        "treatment_plan": (
            "{who} reviewed the plan of care. {they} agreed with the goals and named {one} as the main concern."
        ),
        "discharge": "{who} completed this episode of care. At the last visit {name} reported {one}.",
        "psychotherapy_note": (
            "Private notes on the conversation with {name}. {theme}. My own reaction was worth a second look. A thread "
            "to return to: {other}."
        ),
    }
    texts = {note_type: _fill(template, **parts) for note_type, template in by_type.items()}
    return _by_type(rows, texts, _fill(visit, **parts))


def objective(rows: Rows, column: str) -> pl.Series:
    """What the provider observed, how they met, and what was measured."""
    met = rows.lookup("appointment_id", "modality").replace_strict(sentences.MET, default=None, return_dtype=pl.String)
    totals = {name: rows[name].cast(pl.String) for name in ("phq9", "gad7")}
    visit = _fill(
        "{met}. {mood}. {sight}.{scores}",
        met=met,
        mood=_one(rows, sentences.MOODS, column),
        sight=_one(rows, sentences.OBSERVATIONS, column, "sight"),
        scores=_fill(" PHQ-9 total {phq9}, GAD-7 total {gad7}.", **totals).fill_null(""),
    )
    return where(met.is_null(), "Contact between visits; no examination.", visit)


def assessment(rows: Rows, column: str) -> pl.Series:
    """The provider's assessment with the diagnosis; nothing of a diagnosis in a psychotherapy note."""
    codes = rows.lookup("client_id", "primary_dx")
    label = _constant(rows, "The problem")
    for prefix, name in sentences.LABELS.items():
        label = where(codes.str.starts_with(prefix), name, label)
    medical = rows.lookup("appointment_id", "appointment_type") == "med_mgmt"
    parts = {
        "label": label,
        "theme": where(
            medical.fill_null(value=False),
            _one(rows, sentences.MEDICATION, column, "drug"),
            _one_by_age(rows, sentences.THEMES, sentences.YOUNG_THEMES, column, "theme"),
        ),
        "progress": _one(rows, sentences.ASSESSMENTS, column),
        "risk": rows["risk_level"],
    }
    contact = _fill("{label}. {progress}. Risk is judged {risk}.", **parts)
    private = _constant(rows, "Kept apart from the record.")
    return _by_type(
        rows,
        {"psychotherapy_note": private, **dict.fromkeys(BETWEEN_VISITS, contact)},
        _fill("{label}. {theme}. {progress}. Risk is judged {risk}.", **parts),
    )


def plan(rows: Rows, column: str) -> pl.Series:
    """What was done and is to be done next, how long it took, and by whom; null for psychotherapy notes."""
    next_visit = rows.lookup("appointment_id", "recurrence_weeks").replace_strict(
        sentences.NEXT_VISIT, default=None, return_dtype=pl.String
    )
    one, other = _two_by_age(rows, sentences.GOALS, sentences.YOUNG_GOALS, column, "goal")
    homework = _one_by_age(rows, sentences.HOMEWORK, sentences.YOUNG_HOMEWORK, column, "homework")
    minutes = rows["session_minutes"].cast(pl.String)
    parts = {
        "method": _one(rows, sentences.METHODS, column),
        "minutes": minutes,
        "homework": homework,
        "reviewed": homework.str.to_lowercase(),
        "next": next_visit.fill_null("Next visit as arranged"),
        "one": one,
        "other": other,
        "credentials": rows.lookup("provider_id", "credentials"),
        "canary": rows.by_tenant(canary_of),
    }
    signature = " Treating provider: {credentials}. [synthetic record {canary}]"
    visit = "Used {method} for most of the {minutes}-minute session. {homework}. {next}." + signature
    contact = "{homework}. Take it up at the next visit." + signature
    by_type = {
        "treatment_plan": ("Goals for the next three months: {one}; {other}. Reviewed every ninety days." + signature),
        "discharge": (
            "Return at any time by calling the office. The relapse plan was reviewed: {reviewed}." + signature
        ),
    }
    texts = {note_type: _fill(template, **parts) for note_type, template in by_type.items()}
    default = where(minutes.is_null(), _fill(contact, **parts), _fill(visit, **parts))
    return where(rows["note_type"] != "psychotherapy_note", _by_type(rows, texts, default))
