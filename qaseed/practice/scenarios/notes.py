"""What is written down, in the third practice; with the switch `adversarial` also text that breaks careless code."""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Recipe, Scenario
from qaseed.practice.generators import scenario_rows
from qaseed.practice.scenarios.fixtures import ASSOCIATE, STAFF, client, note, visit

# fmt: off

def _note(name: str, doc: str, slot: int, holds: str, *needs: FixtureRow, switch: str | None = None) -> Scenario:
    return Scenario(name, doc, "note", slot, holds, (*STAFF, *needs), tenants=(3,), switch=switch)


def _written(slot: int, of: int, week: int = -6, /, **values: Any) -> tuple[FixtureRow, ...]:
    """A client, a visit and its note."""
    return client(of), visit(slot, of, week), note(slot, slot, **values)


def _says(text: str) -> Recipe:
    return recipe(scenario_rows.first_name_and, suffix=text)


OPEN = {"signed_at": None}
BLANK = dict.fromkeys(("subjective", "objective", "assessment", "plan"))
NO_SESSION = dict.fromkeys(("session_start", "session_stop", "session_minutes", "phq9", "gad7", "objective", "assessment", "plan"))

NOTES = (
    _note("unsigned_note_30_days", "A note that nobody signed for more than thirty days.", 0, "s.signed_at is null and s.status = 'draft' and s.created_at < date '{as_of}' - 30", *_written(0, 0, **OPEN)),
    _note(
        "amended_twice", "A note that was amended twice; the versions before are kept and locked.", 1,
        "s.version = 3 and (select o.status = 'amended' and o.amends_id is not null from note o where o.tenant_id = s.tenant_id and o.id = s.amends_id)",
        client(8), visit(1, 8, -6),
        note(3, 1, status="amended", locked_at=recipe(scenario_rows.minutes_after, of="signed_at", minutes=30), created_at=recipe(scenario_rows.minutes_after, of="session_stop", minutes=15)),
        note(2, 1, status="amended", locked_at=recipe(scenario_rows.minutes_after, of="signed_at", minutes=30), created_at=recipe(scenario_rows.minutes_after, of="session_stop", minutes=2000), version=2, amends_id=recipe(scenario_rows.row_at, slot=3)),
        note(1, 1, status="signed", locked_at=None, created_at=recipe(scenario_rows.minutes_after, of="session_stop", minutes=6000), version=3, amends_id=recipe(scenario_rows.row_at, slot=2)),
    ),
    _note(
        "cosign_pending", "A note of an associate that waits for the supervisor.", 4,
        "s.status = 'pending_cosign' and s.signed_at is not null and s.cosigned_at is null", ASSOCIATE,
        client(16), visit(4, 16, -2, at_provider=1), note(4, 4, cosigned_at=None),
    ),
    _note("empty_draft_note", "A draft without a word.", 5, "coalesce(s.subjective, s.objective, s.assessment, s.plan) is null", *_written(5, 24, **OPEN, **BLANK)),
    _note("longest_note", "A plan of 10,000 characters.", 6, "length(s.plan) = 10000", *_written(6, 32, plan=recipe(scenario_rows.repeated, sentence="The plan was reviewed step by step. ", length=10_000))),
    _note("emoji_note", "Letters of four bytes in UTF-8.", 7, "contains(s.subjective, '🌱')", *_written(7, 8, -7, subjective=_says(" reported a calmer week 🙂🌱 and slept through on most nights."))),
    _note("rtl_note", "Text that runs from right to left.", 8, "regexp_matches(s.subjective, '\\p{Arabic}')", *_written(8, 8, -8, subjective=_says(" reported in Arabic: كان الأسبوع هادئا والنوم أفضل."))),
    _note("crlf_note", "Lines ended as on Windows.", 9, "contains(s.subjective, chr(13) || chr(10))", *_written(9, 8, -9, subjective=_says(" reported three things:\r\n1. sleep\r\n2. work\r\n3. the weekend\r\n"))),
    _note("long_token_note", "One word of 300 letters, which no line can break.", 10, "regexp_matches(s.assessment, '[a-z]{300}')", *_written(10, 8, -10, assessment=recipe(scenario_rows.repeated, sentence="unbrokenword", length=300))),
    _note("markup_note", "Text that looks like HTML and Markdown.", 11, "contains(s.assessment, '<b>') and contains(s.assessment, '**')", *_written(11, 8, -11, assessment="Progress is <b>steady</b>, **much** better than before & still <i>fragile</i>.")),
    _note("late_signed_note", "Signed nine days after it was written.", 12, "s.signed_at > s.created_at + interval 8 days", *_written(12, 80, signed_at=recipe(scenario_rows.minutes_after, of="created_at", minutes=9 * 1440))),
    _note("elevated_risk_note", "Risk is judged high.", 13, "s.risk_level = 'high'", *_written(13, 88, risk_level="high")),
    _note(
        "psychotherapy_note", "Private notes, kept apart: restricted, without times, diagnosis or plan.", 14,
        "s.note_type = 'psychotherapy_note' and s.confidentiality = 'restricted' and s.session_start is null and s.dx_codes is null and s.plan is null",
        client(96), note(14, -1, at_client=96, note_type="psychotherapy_note"),
    ),
    _note("part2_note", "A note about substance use (42 CFR Part 2).", 15, "s.confidentiality = 'part2'", client(104, primary_dx="F10.20"), visit(15, 104, -6), note(15, 15)),
    _note(
        "missed_visit_note", "A missed visit has an administrative note and no other.", 16,
        "s.note_type = 'administrative' and (select a.status = 'no_show' from appointment a where a.tenant_id = s.tenant_id and a.id = s.appointment_id)",
        client(112), visit(16, 112, -3, status="no_show"),
        note(16, 16, note_type="administrative", **NO_SESSION, subjective="The client did not come and did not call; the desk left a message and offered another hour."),
    ),
    _note(
        "first_visit_intake", "A client registered lately, whose first visit was an intake.", 17,
        "s.note_type = 'intake'", client(120, at_new=True), visit(17, 120, -2, appointment_type="intake", service_code="QA-INTAKE"), note(17, 17),
    ),
)

TORTURE = {
    # name: what it is, and text that harms nobody and breaks careless code (idea: big-list-of-naughty-strings, MIT)
    "sql_injection_text": ("Text that looks like SQL.", " said: x'); DROP TABLE clients;-- and \" OR 1=1 --"),
    "script_injection_text": ("Text that looks like a script.", " said: <script>alert(1)</script> and <img src=x onerror=alert(1)>"),
    "spreadsheet_formula_text": ("Text that a spreadsheet would run.", " said: =cmd|'/C calc'!A0 and +1+1 and @SUM(1+1)"),
    "format_string_text": ("Text that looks like places of a format.", " said: %s%n%x and %(name)s and $(id) and `id`"),
    "lookup_text": ("Text that looks like a look-up.", " said: ${jndi:ldap:nowhere} and {{ 7 * 7 }} and #{7*7}"),
    "unicode_torture_text": ("Marks that stack, turn and hide.", " said: Z̷̡̢͓͉a̴̧̛̭l̸̢͔g̵o, \u202ereversed\u202c, zero\u200bwidth, ﷽, 𝔉𝔯𝔞𝔨𝔱𝔲𝔯, 田中さん, ٠١٢٣"),
}
ADVERSARIAL = tuple(
    _note(name, doc, 40 + n, f"contains(s.subjective, {' || '.join(chr(39) + part.replace(chr(39), chr(39) * 2) + chr(39) for part in [text])})", client(0), visit(70 + n, 0, -8 - n), note(40 + n, 70 + n, subjective=_says(text)), switch="adversarial")
    for n, (name, (doc, text)) in enumerate(TORTURE.items())
)
