"""What no note may say: the contradictions in `words/notes/contradictions.csv`; and what some kinds must say."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qaseed.model import Rule
from qaseed.practice.generators.note_facts import AGES, COUNTS
from qaseed.practice.measures import ORDINARY
from qaseed.sql import any_of, in_utc, literal, one_of, query
from qaseed.words import FOLDER

TEXT = "concat_ws(' ', subjective, objective, assessment, plan)"
SESSION_DAY = "coalesce(left(appointment.start_local, 10)::date, timezone(tenant.timezone, created_at)::date)"
"""The local day that the text speaks of."""


def _day_of_year(day: str) -> str:
    """A number that is larger the later a date is in its year."""
    return f"(100 * month({day}) + day({day}))"


AGE_AT_SESSION = (
    f"date_diff('year', client.dob, {SESSION_DAY}) - ({_day_of_year('client.dob')} > {_day_of_year(SESSION_DAY)})::int"
)
_OF_VISIT = "note_type in ('intake', 'progress')"
CONDITIONS = {
    "": "true",
    "elevated risk": "risk_level in ('moderate', 'high')",
    "no risk": "risk_level = 'none'",
    "by phone": f"{_OF_VISIT} and appointment.modality = 'phone'",
    "by video": f"{_OF_VISIT} and appointment.modality = 'video'",
    "in person": f"{_OF_VISIT} and appointment.modality = 'in_person'",
    "below severe": "phq9 < 20 and gad7 < 15",
    "above mild": "(phq9 >= 10 or gad7 >= 10)",
    "intake": "note_type = 'intake'",
    "medication": "appointment.appointment_type = 'med_mgmt'",
    "therapist": "not provider.can_prescribe",
    "adult": f"client.dob <= {SESSION_DAY} - interval 18 years",
    "minor": f"client.dob > {SESSION_DAY} - interval {AGES['adult']} years",
    "child": f"client.dob > {SESSION_DAY} - interval {AGES['teen']} years",
    "retired": f"client.dob <= {SESSION_DAY} - interval {AGES['senior']} years",
    "unmarried": "client.marital_status <> 'married' and note_type <> 'psychotherapy_note'",
    "individual": "appointment.appointment_type = 'individual'",
    "in time": f"{_OF_VISIT} and appointment.checked_in_at < appointment.start_at + interval 3 minutes",
    "late": f"{_OF_VISIT} and appointment.checked_in_at >= appointment.start_at + interval 3 minutes",
}
"""The notes that a set of contradictions is about, by the name that the file uses."""
_USUAL = ("", "adult")
"""Those that are about nearly all notes."""
NEXT_VISIT = {
    " in one week": (0, 9),
    " in two weeks": (10, 16),
    " in three weeks": (17, 23),
    " in about a month": (24, 35),
    " in several weeks": (36, 400),
}
"""Least and most days to the visit that a note announces in these words."""
_ANNOUNCED = (
    "(ext session|ext visit|eturn visit|ollow-up|ill meet again|session is booked|will return|ext meeting)"
    "( with both partners| with the family| of the group)?"
)
_FREQUENT = " etaoinsrhldcumfpgwybvk"
"""What most letters of English texts are, the most frequent first."""
DISCLOSED = (
    "uicidal ideation",
    "houghts of suicide",
    "wish to be dead",
    "life is not worth living",
    "be here anymore",
    "to disappear",
    "would miss",
    "somewhere else forever",
)
"""What is said of every client at elevated risk, or of one of them."""
COMPANY = {"group": ("group",), "couple": ("partner", "spouse"), "family": ("family",), "med_mgmt": (" mg",)}
"""What a note of a visit of each type names: the group, the others, a medication with its dose."""


def _announced() -> str:
    """The condition that a plan announces the next visit at another time than it is."""
    return " or ".join(
        f"(coalesce(a.ahead not between {least} - 1 and {most} + 1, true) "
        f"and {_has_any('n.plan', parts_of([words]))} and regexp_matches(n.plan, {literal(_ANNOUNCED + words)}))"
        for words, (least, most) in NEXT_VISIT.items()
    )


@dataclass(frozen=True)
class Contradiction:
    """Phrases that a note may not have in a column (or its whole `text`) where a condition holds.

    With `against` it may not have them together with one of these.
    """

    name: str
    where: str
    column: str
    phrases: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def searched(self) -> str:
        """The text that the phrases are searched in, as SQL."""
        return TEXT if self.column == "text" else self.column

    @property
    def fails(self) -> str:
        """The condition on notes that contradict themselves, or their row, in this way."""
        sides = " and ".join(_matches_any(self.searched, side) for side in (self.phrases, self.against) if side)
        # `case`, so that texts are searched only where they may contradict
        return f"case when {CONDITIONS[self.where]} and {sides} then true else false end"


def _has_any(column: str, phrases: Sequence[str]) -> str:
    return "(" + " or ".join(f"contains({column}, {literal(phrase)})" for phrase in phrases) + ")"


def _matches_any(column: str, phrases: Sequence[str]) -> str:
    """The condition that the column has one of these phrases: only texts with one of their parts are matched."""
    pattern = literal("|".join(map(re.escape, phrases)))
    return f"{_has_any(column, parts_of(phrases))} and regexp_matches({column}, {pattern})"


def parts_of(phrases: Sequence[str], length: int = 5) -> list[str]:
    """Few parts, one of which each phrase has; to search for one costs more the more often its first letter is used.

    Each has at least that length, or is a whole phrase, and is as long as its phrases allow: others seldom have it.
    """
    parts: list[str] = []
    left = list(phrases)
    while left:
        candidates = sorted({text[n : n + length] for text in left for n in range(max(len(text) - length, 0) + 1)})
        part = min(
            candidates,
            # of equal ones the first in its phrase, which can be longer
            key=lambda part: (
                _cost(part) / sum(part in text for text in left),
                min(text.index(part) for text in left if part in text),
            ),
        )
        of_part = [text for text in left if part in text]
        start = of_part[0].index(part)
        longer = (of_part[0][start : start + size] for size in range(len(of_part[0]), len(part), -1))
        parts.append(next((one for one in longer if all(one in text for text in of_part)), part))
        left = [text for text in left if part not in text]
    return parts


def _cost(part: str) -> int:
    """How long a text is searched for this, about: as often as its first letter is used a candidate is compared."""
    return 1 + (_FREQUENT[::-1].find(part[0]) + 1)


def contains_any(parts: tuple[str, ...]) -> str:
    """The condition that the text has one of these parts: many times faster than a regular expression."""
    return _has_any(TEXT, parts)


@lru_cache(maxsize=1)
def contradictions() -> tuple[Contradiction, ...]:
    """All sets, in the order of the file."""
    lines = (FOLDER / "notes" / "contradictions.csv").read_text(encoding="utf-8").splitlines()
    return tuple(
        Contradiction(
            line["set"],
            line["where"],
            line["column"],
            tuple(line["phrases"].split("|")),
            tuple((line["against"] or "").split("|")) if line["against"] else (),
        )
        for line in csv.DictReader(lines)
    )


def contradicting(sets: Sequence[Contradiction]) -> str:
    """The condition on notes that contradict themselves in one of these ways.

    The sets of a column that nearly all notes are about are tried only where one expression finds one of their phrases:
    it costs less than to search for the parts of each.
    """
    ways = []
    for column in dict.fromkeys(one.searched for one in sets):
        of_column = [one for one in sets if one.searched == column]
        usual = [one for one in of_column if one.where in _USUAL]
        if len(usual) > 2:
            phrases = "|".join(re.escape(phrase) for one in usual for phrase in one.phrases)
            tried = " or ".join(f"({one.fails})" for one in usual)
            ways.append(f"case when regexp_matches({column}, {literal(phrases)}) then {tried} else false end")
            of_column = [one for one in of_column if one not in usual]
        ways += [one.fails for one in of_column]
    return " or ".join(f"({way})" for way in ways)


AGREEMENT_RULES = (
    Rule(
        "X6",
        "a note contradicts neither itself nor its visit, client and risk",
        contradicting(contradictions()),
    ),
    Rule(
        "X6k",
        "notes of groups, couples and families name the others, and those of medication visits a dose",
        any_of(
            *(
                f"case when note_type = 'progress' and amends_id is null and plan is not null "
                f"and appointment.appointment_type = {literal(kind)} then not {contains_any(words)} else false end"
                for kind, words in COMPANY.items()
            )
        ),
    ),
    Rule(
        "X6d",
        "notes of visits and calls at which the risk is elevated report what the client disclosed",
        f"case when {ORDINARY} and risk_level in ('moderate', 'high') and subjective is not null "
        f"and note_type in ('intake', 'progress', 'phone') then not {_has_any('subjective', DISCLOSED)} else false end",
    ),
    Rule(
        "X6p",
        "a parent is informed when the risk of a minor is elevated",
        f"case when {ORDINARY} and risk_level in ('moderate', 'high') and plan is not null "
        f"and {CONDITIONS['minor']} then not contains(plan, 'was informed') else false end",
    ),
    # `case`, or else duckdb matches the text of every note before the join, and once more after it
    Rule(
        "X6i",
        "notes of visits name an interpreter where the client needs one, and nowhere else",
        f"{ORDINARY} and note_type in ('intake', 'progress') and plan is not null "
        f"and client.interpreter_needed <> contains({TEXT}, 'nterpreter')",
    ),
    Rule(
        "X6g",
        "notes of one group session have the same minutes and common task, and as many members as came",
        select=query(f"""
            with sessions as (
                select
                    n.tenant_id,
                    n.id,
                    a.group_id,
                    n.session_start,
                    n.session_minutes,
                    nullif(regexp_extract(n.plan, 'll members agreed to ([^.]+)', 1), '') as task,
                    lower(nullif(regexp_extract(n.objective, '(\\w+) members (?:present|attend)', 1), '')) as came
                from note n
                join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where a.group_id is not null and n.note_type = 'progress' and n.amends_id is null
            )
            select tenant_id, max(id)
            from sessions
            group by tenant_id, group_id
            having count(distinct session_start) > 1
            or count(distinct session_minutes) > 1
            or count(distinct task) > 1
            union all
            select s.tenant_id, s.id
            from sessions s
            join (
                select tenant_id, group_id, count(*) filter (status = 'completed') as present
                from appointment
                where group_id is not null
                group by tenant_id, group_id
            ) g on g.tenant_id = s.tenant_id and g.group_id = s.group_id
            where s.came <> [{", ".join(map(literal, COUNTS))}][least(g.present, {len(COUNTS) - 1}) + 1]
        """),
    ),
    Rule(
        "X6n",
        "a note that announces the next visit has one with its author, as far ahead as it says",
        select=query(f"""
            select n.tenant_id, n.id
            from note n
            join (
                select
                    tenant_id,
                    id,
                    date_diff('day', {in_utc("start_at")}, {in_utc("lead(start_at) over visits")}) as ahead
                from appointment
                window visits as (partition by tenant_id, client_id, provider_id order by start_at, id)
            ) a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
            where {one_of("n.note_type", ("intake", "progress"))}
            and n.amends_id is null
            and case when {_announced()} then true else false end
        """),
    ),
)
