"""What the text of a note may depend on: facts of its client, visit, history and scores, each one of few values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from qaseed.integers import Ints
from qaseed.noise import Bits
from qaseed.practice.generators import medication, sites, staff, traits
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.assessment import condition_of, of_the_day
from qaseed.practice.generators.clinic import age_at_session, notes_of, session_bits
from qaseed.practice.generators.clock import MINUTE
from qaseed.practice.generators.history import history_of
from qaseed.practice.generators.registration import clients_of
from qaseed.rows import Rows
from qaseed.words import FOLDER
from qaseed.words.composing import Composer, Described
from qaseed.words.grammar import read

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = {
    "individual": "individual",
    "couple": "couple",
    "family": "family",
    "group": "group",
    "med_mgmt": "medication",
    "testing": "testing",
    "consult": "consult",
    "intake": "intake",
}
"""The file of the grammar for each type of appointment; intakes of prescribers and other notes have files of their own.
"""
PROBLEMS = {
    "F32": "dep",
    "F33": "dep",
    "F41.1": "anx",
    "F41.9": "anx",
    "F41.0": "panic",
    "F40": "social",
    "F43.1": "ptsd",
    "F43.2": "adjust",
    "F90": "adhd",
    "F31": "bipolar",
    "F10": "alcohol",
    "F11": "opioid",
    "F12": "cannabis",
    "F84": "autism",
    "F42": "ocd",
    "F50": "eating",
    "F60": "bpd",
    "F93": "separation",
    "Z63.4": "grief",
    "Z": "strain",
}
"""What the grammar calls diagnoses, by the beginning of their codes."""
PROBLEM_NAMES = tuple(dict.fromkeys(PROBLEMS.values()))
AGES = {"child": 0, "teen": 13, "adult": 18, "senior": 66}
"""From which age on."""
GUARDIANS = ("mother", "father", "grandparent", "aunt")
FORMULARY = medication.formulary(PROBLEM_NAMES, tuple(AGES))
FACTS: Mapping[str, tuple[str, ...]] = {
    "pronoun": ("she", "he", "they"),
    "age": tuple(AGES),
    "occupation": ("school", "college", "working", "home", "retired"),
    "bond": ("married", "unmarried"),
    "guardian": GUARDIANS,
    "problem": PROBLEM_NAMES,
    "level": ("minimal", "mild", "moderate", "severe"),
    "trend": ("first", "better", "same", "worse"),
    "met": ("office", "video", "call", "apart"),
    "risk": ("norisk", "lowrisk", "midrisk", "highrisk"),
    "ahead": ("soon", "twoweeks", "threeweeks", "month", "later", "unbooked"),
    "gap": ("regular", "lapse"),
    "attendance": ("came", "missed"),
    "task": ("done", "partly", "undone"),
    "sleep": ("rested", "sleepless"),
    "appetite": ("fed", "unfed"),
    "use": ("sober", "using"),
    "action": medication.ACTIONS,
    "company": medication.COMPANY,
    "family": FORMULARY.families,
    "effect": ("tolerated", "bothered"),
    "doses": ("taken", "skipped"),
    "scale": ("scored", "unscored"),
    "author": ("therapist", "prescriber"),
    "care": ("solo", "split"),
    "ending": ("living", "deceased"),
    "speech": ("english", "interpreted"),
    "arrival": ("ontime", "early", "late", "verylate"),
    "turnout": ("several", "sole"),
    "prompt": ("unprompted", "checkup"),
}
"""The values of each fact; a grammar names a value, so each belongs to one fact."""
NUMBERS = tuple(str(n) for n in range(200))
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""How many members of a group came, in words; more than the last are as many in the text."""
VOCABULARIES: Mapping[str, tuple[str, ...]] = {
    "age": NUMBERS,
    "minutes": NUMBERS,
    "phq": NUMBERS,
    "gad": NUMBERS,
    "credentials": tuple(staff.TYPES),
    "drug": FORMULARY.drugs,
    "dose": FORMULARY.doses,
    "newdose": FORMULARY.doses,
    "schedule": FORMULARY.schedules,
    "newdrug": FORMULARY.drugs,
    "newschedule": FORMULARY.schedules,
    "seconddrug": FORMULARY.drugs,
    "seconddose": FORMULARY.doses,
    "secondnewdose": FORMULARY.doses,
    "secondschedule": FORMULARY.schedules,
    "purpose": FORMULARY.purposes,
    "present": COUNTS,
}
COLUMNS = ("name", "canary")
_FOR_SLEEP = np.flatnonzero(np.array(FORMULARY.purposes) == "for sleep")
SEVERITY = {"phq9": (5, 10, 20), "gad7": (5, 10, 15)}
"""From which total on symptoms are mild, moderate and severe (Kroenke 2001, Spitzer 2006); the worse one counts."""
_CONDITION_EDGES = np.array([-1500, 0, 1500])
"""The same of a condition, where nothing was measured."""
_ARRIVALS = {"early": (3, 15), "late": (-7, -3), "verylate": (-60, -8)}
"""Least and most minutes before the visit for which the text says that the client came early or late."""
_BETTER, _WORSE = 200, -500
"""Thousandths of a standard deviation between two visits from which a client is better or worse."""
_MIDDLE, _SPREAD, _HABIT = 4.0, 0.66, 0.4
"""How much detail notes have: lognormal, so that lengths spread as those of progress notes do, and a part of the spread
is the author's habit (Rule, Bedrick, Chiang and Hribar 2021 found notes to vary widely between authors; size assumed).
"""
_Z = [NormalDist().inv_cdf((n + 0.5) / 64) for n in range(64)]
_DETAIL = np.array(
    [
        max(1, round(_MIDDLE * math.exp(_SPREAD * (math.sqrt(1 - _HABIT) * _Z[own] + math.sqrt(_HABIT) * _Z[habit]))))
        for habit in range(64)
        for own in range(64)
    ]
)


@lru_cache(maxsize=1)
def composer() -> Composer:
    """The compiled grammar of notes."""
    return Composer(read(FOLDER / "notes"), FACTS, VOCABULARIES, COLUMNS)


def kind_of(rows: Rows) -> pl.Series:
    """The file of the grammar that each note's text is from."""
    kind = rows.lookup("appointment_id", "appointment_type").replace_strict(KINDS, default=None, return_dtype=pl.String)
    medical = rows.lookup("provider_id", "can_prescribe")
    note_type = rows["note_type"]
    frame = pl.DataFrame({"kind": kind, "medical": medical, "type": note_type})
    between = ~pl.col("type").is_in(["intake", "progress"])
    return frame.select(
        pl.when(between)
        .then("type")
        .when((pl.col("kind") == "intake") & pl.col("medical"))
        .then(pl.lit("medical_intake"))
        .otherwise("kind")
        .fill_null("individual")
        .alias("kind")
    ).to_series()


def described(rows: Rows) -> Described:
    """The facts of notes, computed once for the texts of all columns."""
    return rows.cached("note facts", _described)


def _code(values: pl.Series, known: Mapping[str, int], default: int) -> Ints:
    codes: Ints = values.replace_strict(known, default=default, return_dtype=pl.Int64).fill_null(default).to_numpy()
    return codes


def _values(fact: str) -> dict[str, int]:
    return {value: n for n, value in enumerate(FACTS[fact])}


def _client_bits(rows: Rows) -> Bits:
    clients, index = rows.referenced("client_id")
    bits: Bits = clients.bits("note text")[index.to_numpy()]
    return bits


def _chance(bits: Bits, shift: int) -> Ints:
    """A number from 0 to 99 of each entry's bits."""
    percent: Ints = (((bits >> np.uint64(shift)) & np.uint64(0xFFFF)) * np.uint64(100) >> np.uint64(16)).astype(
        np.int64
    )
    return percent


def _described(rows: Rows) -> Described:
    bits, client = rows.bits("text"), _client_bits(rows)
    facts = {**_of_client(rows, client), **_of_visit(rows)}
    facts |= _of_course(rows)
    facts |= _of_week(rows, facts)
    codes, columns, prescribed = _fields(rows)
    _for_a_reason(facts, prescribed, codes["purpose"])
    _, provider = rows.referenced("provider_id")
    pace = rows.referenced("provider_id")[0].bits("note text")[provider.to_numpy()]
    own, habit = ((of_scope >> np.uint64(58)).astype(np.int64) for of_scope in (bits, pace))
    return Described(
        classes=composer().classes({**facts, **prescribed}),
        codes={name: code.astype(np.int32) for name, code in codes.items()},
        columns=columns,
        bits={"row": bits, "client": client, "provider": pace, "session": session_bits(rows, "text")},
        detail=_DETAIL[64 * habit + own],
    )


def _age_band(years: Ints) -> Ints:
    band: Ints = np.searchsorted(np.array(list(AGES.values())), years, side="right") - 1
    return band


def _problem_of(code: str) -> int:
    """What the grammar calls a diagnosis: by the longest beginning that is known."""
    known = [prefix for prefix in PROBLEMS if code.startswith(prefix)]
    return PROBLEM_NAMES.index(PROBLEMS[max(known, key=len)] if known else "anx")


def _of_client(rows: Rows, client: Bits) -> dict[str, Ints]:
    years = rows.cached("age at session", age_at_session)
    band = _age_band(years)
    lot = _chance(client, 0)
    grown = np.where((years < 25) & (lot < 45), 1, np.where(lot < 82, 2, 3))
    known = {"she/her": 0, "he/him": 1, "they/them": 2}
    married = (rows.lookup("client_id", "marital_status") == "married").fill_null(value=False)
    language = (rows.lookup("client_id", "interpreter_needed")).fill_null(value=False)
    return {
        "pronoun": _code(rows.lookup("client_id", "pronouns"), known, 2),
        "age": band,
        "occupation": np.select([band < 2, band == 3], [0, 4], grown),
        "bond": np.where(married.to_numpy() & (band >= 2), 0, 1),
        "guardian": _code(rows.lookup("client_id", "guardian_relation"), _values("guardian"), 0),
        "problem": _problems_of(rows.lookup("client_id", "primary_dx")),
        "ending": (rows.lookup("client_id", "date_of_death").is_not_null()).to_numpy().astype(np.int64),
        "speech": language.to_numpy().astype(np.int64),
    }


def _of_visit(rows: Rows) -> dict[str, Ints]:
    history = history_of(rows)
    edges = np.array([0, 10, 17, 24, 36])
    modality = rows.lookup("appointment_id", "modality")
    return {
        "met": _code(modality, {"in_person": 0, "video": 1, "phone": 2}, 3),
        "risk": _code(rows["risk_level"], {"none": 0, "low": 1, "moderate": 2, "high": 3}, 0),
        "ahead": np.where(history.until < 0, 5, np.searchsorted(edges, history.until, side="right") - 1),
        "gap": (history.since > 45).astype(np.int64),
        "attendance": (history.missed > 0).astype(np.int64),
        "arrival": _arrival(rows),
        "turnout": (history.present == 1).astype(np.int64),
        "prompt": notes_of(rows).checks.astype(np.int64),
        "scale": rows["phq9"].is_null().to_numpy().astype(np.int64),
        "author": rows.lookup("provider_id", "can_prescribe").to_numpy().astype(np.int64),
        "care": (rows.lookup("client_id", "primary_provider_id") != rows["provider_id"]).to_numpy().astype(np.int64),
    }


def _arrival(rows: Rows) -> Ints:
    """Whether the client came early, late or on time; on time where nobody noted it."""
    came, start = (rows.lookup("appointment_id", name).cast(pl.Int64) for name in ("checked_in_at", "start_at"))
    before = -((came - start) // MINUTE).fill_null(0).to_numpy()
    arrival = np.zeros(len(rows), dtype=np.int64)
    for value, (least, most) in _ARRIVALS.items():
        arrival[(before >= least) & (before <= most)] = FACTS["arrival"].index(value)
    return arrival


def _of_course(rows: Rows) -> dict[str, Ints]:
    """How ill the client is, by the scores of the visit or by condition without them, and since the visit before."""
    scores = {name: rows[name].fill_null(-1).to_numpy() for name in SEVERITY}
    by_score = np.maximum(*(np.searchsorted(SEVERITY[name], of, side="right") for name, of in scores.items()))
    now = condition_of(rows)
    level = np.where(scores["phq9"] >= 0, by_score, np.searchsorted(_CONDITION_EDGES, now, side="right"))
    history = history_of(rows)
    earlier = traits.condition(rows.tenants, notes_of(rows).client, history.previous_nth)
    eased = earlier + of_the_day(rows, history.previous, "condition", "before") - now
    trend = np.select([eased > _BETTER, eased < _WORSE], [1, 3], 2)
    return {"level": level, "trend": np.where((rows["note_type"] == "intake").to_numpy(), 0, trend)}


def _of_week(rows: Rows, facts: Mapping[str, Ints]) -> dict[str, Ints]:
    """How the client did since the last visit: worse the more ill, better where things improve."""
    bits, worse = (
        rows.bits("text", "week"),
        12 * facts["level"] + 18 * (facts["trend"] == 3) - 12 * (facts["trend"] == 1),
    )

    def one(shift: int, share: int) -> Ints:
        of_share: Ints = (_chance(bits, shift) < np.clip(share + worse, 3, 95)).astype(np.int64)
        return of_share

    task = _chance(rows.bits("text", "task"), 0) + worse
    return {
        "task": np.select([task < 45, task < 80], [0, 1], 2),
        "sleep": one(0, 20),
        "appetite": one(16, 4),
        "use": one(32, 12),
        "effect": one(48, 12),
        "doses": (_chance(rows.bits("text", "doses"), 0) < 14).astype(np.int64),
    }


def _for_a_reason(facts: dict[str, Ints], prescribed: Mapping[str, Ints], second: Ints) -> None:
    """Who changes the drug was bothered by it, and who gets a second one for sleep sleeps badly."""
    added = prescribed["company"] == FACTS["company"].index("added")
    facts["effect"] = np.where(prescribed["action"] == FACTS["action"].index("switch"), 1, facts["effect"])
    facts["sleep"] = np.where(added & np.isin(second, _FOR_SLEEP), 1, facts["sleep"])


def _fields(rows: Rows) -> tuple[dict[str, Ints], dict[str, pa.StringArray], dict[str, Ints]]:
    """Codes and texts that stand in a note, and the facts of its medication."""
    history = history_of(rows)
    clients, index = rows.referenced("client_id")
    taken = regimen_of(clients, index.to_numpy(), np.maximum(history.before, 0), known=history.before >= 0)
    codes = {
        "age": rows.cached("age at session", age_at_session),
        "minutes": rows["session_minutes"].fill_null(0).to_numpy(),
        "phq": rows["phq9"].fill_null(0).to_numpy(),
        "gad": rows["gad7"].fill_null(0).to_numpy(),
        "credentials": _code(
            rows.lookup("provider_id", "credentials"), {name: n for n, name in enumerate(staff.TYPES)}, 0
        ),
        "drug": taken.drug,
        "dose": taken.before,
        "newdose": taken.after,
        "schedule": taken.drug,
        "newdrug": taken.new_drug,
        "newschedule": taken.new_drug,
        "seconddrug": taken.second,
        "seconddose": taken.second_before,
        "secondnewdose": taken.second_after,
        "secondschedule": taken.second,
        "purpose": taken.second,
        "present": np.minimum(history.present, len(COUNTS) - 1),
    }
    columns = {
        name: values.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest()).cast("string")
        for name, values in (("name", rows.lookup("client_id", "first_name")), ("canary", sites.canary(rows, "canary")))
    }
    return codes, columns, {"action": taken.action, "family": FORMULARY.family[taken.drug], "company": taken.company}


def regimen_of(clients: Rows, index: Ints, visits_before: Ints, known: Mask | None = None) -> medication.Regimen:
    """What the clients at these positions take at visits of the window; `known` is false where no visit is."""
    registered = clients["intake_date"]
    # what is prescribed is chosen once, so that no birthday changes it
    years = _age_band((registered - clients["dob"]).dt.total_days().to_numpy() * 4 // 1461)
    problem = _problems_of(clients["primary_dx"])
    new = clients_of(clients).new  # their first visit is an intake
    first_known = new[index] if known is None else new[index] & known
    bits = clients.bits("note text")[index]
    return medication.regimen(
        FORMULARY, problem[index], years[index], bits, visits_before, first_known.astype(np.int64)
    )


def _problems_of(codes: pl.Series) -> Ints:
    problems = {code: _problem_of(code) for code in codes.unique().drop_nulls().to_list()}
    return _code(codes, problems, PROBLEM_NAMES.index("anx"))
