"""Notes of the third practice; with the switch `adversarial` also text that breaks careless code."""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Recipe, Scenario
from qaseed.practice.generators import scenario_rows
from qaseed.practice.scenarios.fixtures import ASSOCIATE, STAFF, client, id_at, minutes_after, note, visit
from qaseed.sql import literal, query

UNSIGNED = {"signed_at": None}
NO_TEXT = dict.fromkeys(("subjective", "objective", "assessment", "plan"))
NO_SESSION = dict.fromkeys(
    ("session_start", "session_stop", "session_minutes", "phq9", "gad7", "objective", "assessment", "plan")
)


def _note(name: str, doc: str, slot: int, holds: str, *needs: FixtureRow, switch: str | None = None) -> Scenario:
    """A case that is found by a note."""
    return Scenario(name, doc, "note", slot, query(holds), (*STAFF, *needs), tenants=(3,), switch=switch, also_in=(1,))


def _documented_visit(slot: int, client_slot: int, week: int = -6, /, **values: Any) -> tuple[FixtureRow, ...]:
    """A client, a visit and its note, which has the visit's slot."""
    return client(client_slot), visit(200 + slot, client_slot, week), note(slot, 200 + slot, **values)


def _version(slot: int, written_after: int, locked_at: Recipe | None, status: str, **values: Any) -> FixtureRow:
    """A version of the note that is amended twice, written so many minutes after the session."""
    written = minutes_after("session_stop", written_after)
    return note(slot, 201, status=status, locked_at=locked_at, created_at=written, **values)


def _first_name_and(text: str) -> Recipe:
    """The client's first name and a text: notes name their client."""
    return recipe(scenario_rows.first_name_and, suffix=text)


def _repeated(text: str, length: int) -> Recipe:
    """A text again and again, up to a length."""
    return recipe(scenario_rows.repeated, sentence=text, length=length)


LONG_PLAN = "".join(
    f"{goal} {course}. "
    for course in (
        "was reviewed step by step",
        "was compared with the goal of the plan",
        "came up again toward the end",
        "will be continued at the next session",
        "was linked to what had helped before",
        "was left as it is for now",
    )
    for goal in (
        "A regular bedtime",
        "Contact with old friends",
        "A short walk each day",
        "The list of pleasant activities",
        "Asking for help early",
        "The order of the morning",
        "Time without a screen",
    )
)
"""Forty-two sentences, none of which becomes frequent."""


SOON_LOCKED = minutes_after("signed_at", 30)

NOTES = (
    _note(
        "unsigned_note_30_days",
        "A note that nobody signed for more than thirty days.",
        0,
        "s.signed_at is null and s.status = 'draft' and s.created_at < date '{as_of}' - 30",
        *_documented_visit(0, 4, **UNSIGNED),
    ),
    _note(
        "amended_twice",
        "A note that was amended twice; the versions before are kept and locked.",
        1,
        """
            s.version = 3
            and (
                select o.status = 'amended' and o.amends_id is not null
                from note o
                where o.tenant_id = s.tenant_id and o.id = s.amends_id
            )
        """,
        client(12),
        visit(201, 12, -6),
        _version(3, 15, SOON_LOCKED, "amended"),
        _version(2, 2000, SOON_LOCKED, "amended", version=2, amends_id=id_at(3)),
        _version(1, 6000, None, "signed", version=3, amends_id=id_at(2)),
    ),
    _note(
        "cosign_pending",
        "A note of an associate that waits for the supervisor.",
        4,
        "s.status = 'pending_cosign' and s.signed_at is not null and s.cosigned_at is null",
        ASSOCIATE,
        client(20),
        visit(204, 20, -2, at_provider=1),
        note(4, 204, cosigned_at=None),
    ),
    _note(
        "empty_draft_note",
        "A draft without a word.",
        5,
        "coalesce(s.subjective, s.objective, s.assessment, s.plan) is null",
        *_documented_visit(5, 28, **UNSIGNED, **NO_TEXT),
    ),
    _note(
        "longest_note",
        "A plan of 10,000 characters.",
        6,
        "length(s.plan) = 10000",
        *_documented_visit(6, 36, plan=_repeated(LONG_PLAN, 10_000)),
    ),
    _note(
        "emoji_note",
        "Letters of four bytes in UTF-8.",
        7,
        "contains(s.subjective, '🌱')",
        *_documented_visit(
            7, 12, -7, subjective=_first_name_and(" reported a calmer week 🙂🌱 and slept through on most nights.")
        ),
    ),
    _note(
        "rtl_note",
        "Text that runs from right to left.",
        8,
        r"regexp_matches(s.subjective, '\p{Arabic}')",
        *_documented_visit(
            8, 12, -8, subjective=_first_name_and(" reported in Arabic: كان الأسبوع هادئا والنوم أفضل.")
        ),
    ),
    _note(
        "crlf_note",
        "Lines ended as on Windows.",
        9,
        "contains(s.subjective, chr(13) || chr(10))",
        *_documented_visit(
            9,
            12,
            -9,
            subjective=_first_name_and(" reported three things:\r\n1. sleep\r\n2. work\r\n3. the weekend\r\n"),
        ),
    ),
    _note(
        "long_token_note",
        "One word of 300 letters, which no line can break.",
        10,
        "regexp_matches(s.assessment, '[a-z]{300}')",
        *_documented_visit(10, 12, -10, assessment=_repeated("unbrokenword", 300)),
    ),
    _note(
        "markup_note",
        "Text that looks like HTML and Markdown.",
        11,
        "contains(s.assessment, '<b>') and contains(s.assessment, '**')",
        *_documented_visit(
            11,
            12,
            -11,
            assessment="Progress is <b>steady</b>, **much** better than before & still <i>fragile</i>.",
        ),
    ),
    _note(
        "late_signed_note",
        "Signed nine days after it was written.",
        12,
        "s.signed_at > s.created_at + interval 8 days",
        *_documented_visit(12, 84, signed_at=minutes_after("created_at", 9 * 1440)),
    ),
    _note(
        "elevated_risk_note",
        "Risk is judged high.",
        13,
        "s.risk_level = 'high'",
        *_documented_visit(13, 92, risk_level="high"),
    ),
    _note(
        "psychotherapy_note",
        "Private notes, kept apart: restricted, without times, diagnosis or plan.",
        14,
        "s.note_type = 'psychotherapy_note' and s.confidentiality = 'restricted' and s.session_start is null "
        "and s.dx_codes is null and s.plan is null",
        client(100),
        note(14, -1, at_client=100, note_type="psychotherapy_note"),
    ),
    _note(
        "part2_note",
        "A note about substance use (42 CFR Part 2).",
        15,
        "s.confidentiality = 'part2'",
        client(108, primary_dx="F10.20"),
        visit(215, 108, -6),
        note(15, 215),
    ),
    _note(
        "missed_visit_note",
        "A missed visit has an administrative note and no other.",
        16,
        """
            s.note_type = 'administrative'
            and (
                select a.status = 'no_show'
                from appointment a
                where a.tenant_id = s.tenant_id and a.id = s.appointment_id
            )
        """,
        client(116),
        visit(216, 116, -3, status="no_show"),
        note(
            16,
            216,
            note_type="administrative",
            **NO_SESSION,
            subjective="The client did not come and did not call; the desk left a message and offered another hour.",
        ),
    ),
    _note(
        "first_visit_intake",
        "A client registered lately, whose first visit was an intake.",
        17,
        "s.note_type = 'intake'",
        client(124, at_new=True),
        visit(217, 124, -2, appointment_type="intake", service_code="QA-INTAKE"),
        note(17, 217),
    ),
)

TORTURE = {
    # name: what it is, and text that harms nobody and breaks careless code (idea: big-list-of-naughty-strings, MIT)
    "sql_injection_text": ("Text that looks like SQL.", " said: x'); DROP TABLE clients;-- and \" OR 1=1 --"),
    "script_injection_text": (
        "Text that looks like a script.",
        " said: <script>alert(1)</script> and <img src=x onerror=alert(1)>",
    ),
    "spreadsheet_formula_text": (
        "Text that a spreadsheet would run.",
        " said: =cmd|'/C calc'!A0 and +1+1 and @SUM(1+1)",
    ),
    "format_string_text": (
        "Text that looks like places of a format.",
        " said: %s%n%x and %(name)s and $(id) and `id`",
    ),
    "lookup_text": (
        "Text that looks like a look-up.",
        " said: ${jndi:ldap:nowhere} and {{ 7 * 7 }} and #{7*7}",
    ),
    "unicode_torture_text": (
        "Marks that stack, turn and hide.",
        " said: Z̷̡̢͓͉a̴̧̛̭l̸̢͔g̵o, \u202ereversed\u202c, zero\u200bwidth, ﷽, 𝔉𝔯𝔞𝔨𝔱𝔲𝔯, 田中さん, ٠١٢٣",
    ),
}


def _adversarial(nth: int, name: str, doc: str, text: str) -> Scenario:
    """A note with text that breaks careless code, of the first client of the practice."""
    return _note(
        name,
        doc,
        40 + nth,
        f"contains(s.subjective, {literal(text)})",
        client(4),
        visit(270 + nth, 4, -8 - nth),
        note(40 + nth, 270 + nth, subjective=_first_name_and(text)),
        switch="adversarial",
    )


ADVERSARIAL = tuple(_adversarial(nth, name, doc, text) for nth, (name, (doc, text)) in enumerate(TORTURE.items()))
