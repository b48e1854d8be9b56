"""What is documented: notes, signed by their authors, that agree with the visit and the client they describe."""

from __future__ import annotations

from qaseed.kinds import always, choice, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.generators import apportionment, changes, clinic, note_text
from qaseed.practice.generators.services import BANDS
from qaseed.practice.note_rules import AGE_AT_SESSION, AGREEMENT_RULES, TEXT, contains_any
from qaseed.practice.shared import COMMON_RULES, DATA_END, audit_columns
from qaseed.practice.shares import ORDINARY
from qaseed.sql import any_of, in_utc, literal, one_of, query

NOTE_TYPES = ("intake", "progress", *clinic.WITHOUT_VISIT, "administrative")
NOTE_STATES = ("draft", "pending_cosign", "signed", "locked", "amended")
PRONOUNS = {"she/her": ("she", "her"), "he/him": ("he", "his", "him"), "they/them": ("they", "their", "them")}

COMMON_WORDS = (
    *("Grace", "Hope", "Faith", "Joy", "May", "April", "June", "August", "Mark"),
    *("Will", "Rose", "Summer", "Autumn", "Dawn", "Price", "Best", "Short", "Sunday", "Early", "Low", "Close", "Other"),
    *(
        "Among",
        "Each",
        "Harsh",
        "Held",
        "Major",
        "Offer",
        "Parent",
        "Peace",
        "Post",
        "See",
        "Sessions",
        "Seven",
        "Tone",
    ),
    *("Vital", "Yoga", "Too"),
)
"""Names that are also words with which a sentence may begin: they do not identify a person."""
_CAPITALIZED = r"'\b[A-Z][a-z]{2,}\b'"
_OWN_NAME = "if(c.first_name[1] between 'A' and 'Z', c.first_name, '')"
"""What is replaced by `~`, so that clients have sentences in common; it can only begin a capitalized word."""
_WITHOUT_OWN_NAME = r"'\b[A-Z][a-z]{2,}\b|~[a-z]+\b'"
"""Capitalized words, and what is left of those that begin with the client's name."""
_UNFILLED = ("{", "None", "nan", "null")
"""What a text has where a placeholder was not filled, or was filled with nothing."""

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # what it is about
    appointment_id=ref(
        "appointment",
        "The completed visit that it documents; none for other contacts.",
        clinic.visit,
        nullable=True,
    ),
    client_id=ref("client", "The client it is about.", clinic.client),
    provider_id=ref("provider", "The author.", clinic.provider),
    note_type=choice("What it documents.", NOTE_TYPES, clinic.note_type, default="progress"),
    note_format=choice("Documentation format (assumed).", clinic.FORMATS, clinic.note_format, default="SOAP"),
    # its versions
    status=choice(
        "Draft until signed, pending while a supervisor has to cosign, locked in the end, amended if there is a newer "
        "version.",
        NOTE_STATES,
        clinic.note_status,
        default="draft",
    ),
    version=number("1, and one more for each amendment.", always(1), 1, 99, default=1),
    amends_id=ref("note", "The version that this one amends.", always(None), nullable=True),
    confidentiality=choice(
        "Restricted for psychotherapy notes (45 CFR 164.501), part2 if substance use is the problem (42 CFR Part 2).",
        ("normal", "restricted", "part2"),
        clinic.confidentiality,
        default="normal",
    ),
    # the session
    session_start=instant("When the documented minutes began.", clinic.session_start, nullable=True),
    session_stop=instant("When the documented minutes ended.", clinic.session_stop, nullable=True),
    session_minutes=number(
        "Documented minutes, within the range of the service code.", clinic.session_minutes, 1, 180, nullable=True
    ),
    dx_codes=text("ICD-10-CM codes, separated by blanks, the main one first.", clinic.dx_codes, nullable=True),
    risk_level=choice("Assessed risk, by condition.", clinic.RISKS, clinic.risk_level, default="none"),
    phq9=number("PHQ-9 total, from age 12.", recipe(clinic.score, most=27), 0, 27, nullable=True),
    gad7=number("GAD-7 total, from age 12.", recipe(clinic.score, most=21), 0, 21, nullable=True),
    # the text
    subjective=text("What the client reports.", note_text.subjective, nullable=True, free_text=True),
    objective=text("What the provider observes.", note_text.objective, nullable=True, free_text=True),
    assessment=text("The provider's assessment.", note_text.assessment, nullable=True, free_text=True),
    plan=text("What was done and what is next.", note_text.plan, nullable=True, free_text=True),
    # signatures
    signed_at=instant("When it was signed.", clinic.signed_at, nullable=True),
    signed_by=ref("provider", "The provider who signed it.", clinic.signed_by, nullable=True),
    cosigned_at=instant("When an associate's supervisor cosigned it.", clinic.cosigned_at, nullable=True),
    cosigned_by=ref("provider", "The supervisor who cosigned it.", clinic.cosigned_by, nullable=True),
    locked_at=instant("When it was locked against changes.", clinic.locked_at, nullable=True),
    **audit_columns(clinic.created_at, "clinician", changes.of_note),
)


def _outside_service_minutes() -> tuple[str, ...]:
    """The conditions that the documented minutes are not those of the service code, one for each code."""
    return tuple(
        f"appointment.service_code = {literal(code)} and session_minutes not between {least} and {most}"
        for code, (least, most) in BANDS.items()
    )


def _other_pronouns(own: str) -> str:
    """The condition that the text has pronouns of another set than the client's."""
    others = [word for pronouns, words in PRONOUNS.items() if pronouns != own for word in words]
    words = "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in others)
    return f"regexp_matches({TEXT}, ' (?:{words}) ')"


_FIRST_OF_VISIT = "note_type in ('intake', 'progress') and amends_id is null and subjective is not null"
_NEEDS_COSIGNATURE = "(provider.supervisor_id is not null and signed_at is not null and cosigned_at is null)"

VISIT_RULES = (
    Rule(
        "R3",
        "a note and its visit have the same client and provider",
        any_of("client_id <> appointment.client_id", "provider_id <> appointment.provider_id"),
    ),
    Rule(
        "C1",
        "a completed visit has at most one first version of a note; missed visits have administrative notes only, "
        "other visits none",
        select=query("""
            select n.tenant_id, n.id
            from note n
            join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
            where a.status <> 'completed'
            and not (n.note_type = 'administrative' and a.status in ('no_show', 'late_cancelled'))
            union all
            select tenant_id, max(id)
            from note
            where appointment_id is not null and amends_id is null
            group by tenant_id, appointment_id
            having count(*) > 1
        """),
    ),
    Rule(
        "C1v",
        "notes without a visit, and only they, are of a type that needs none",
        f"(appointment_id is null) <> ({one_of('note_type', clinic.WITHOUT_VISIT)})",
    ),
    Rule(
        "C1f",
        "contacts without a visit follow the first visit of the client, and a client has one discharge",
        select=query(f"""
            select n.tenant_id, n.id
            from note n
            join (
                select tenant_id, client_id, min(start_at) as met
                from appointment
                where status = 'completed'
                group by tenant_id, client_id
            ) a on a.tenant_id = n.tenant_id and a.client_id = n.client_id
            where {ORDINARY.replace("id &", "n.id &")} and n.appointment_id is null and n.created_at < a.met
            union all
            select tenant_id, max(id)
            from note
            where note_type = 'discharge' and amends_id is null
            group by tenant_id, client_id
            having count(*) > 1
        """),
    ),
    Rule(
        "C1t",
        "intakes are documented by intake notes",
        "(note_type = 'intake') <> (appointment.appointment_type = 'intake')",
    ),
    Rule(
        "C6",
        "documented minutes are within the range of the service code and within the visit",
        any_of(
            *(
                f"note_type <> 'administrative' and {way}"
                for way in (
                    *_outside_service_minutes(),
                    "session_stop <> session_start + to_minutes(session_minutes)",
                    "session_start < appointment.start_at",
                    "session_stop > appointment.end_at",
                )
            )
        ),
    ),
    Rule(
        "C6n",
        "minutes are documented for completed visits, and only for them",
        "(appointment.status is not distinct from 'completed') <> (session_minutes is not null)",
    ),
)

TIME_RULES = (
    Rule(
        "T9",
        "notes are written after the visit, or begun shortly before its end",
        "created_at < appointment.end_at - interval 15 minutes",
    ),
    Rule(
        "T9s",
        "notes are signed after they are written, and cosigned and locked after that",
        any_of(
            "signed_at < created_at",
            "cosigned_at < signed_at",
            "locked_at < signed_at",
            "locked_at < cosigned_at",
        ),
    ),
    Rule(
        "T9h",
        "nobody signs on a Sunday",
        f"{ORDINARY} and isodow(timezone(tenant.timezone, signed_at)) = 7",
    ),
    Rule(
        "T11n",
        "a note was last changed by its last event",
        "updated_at <> greatest(created_at, signed_at, cosigned_at, locked_at)",
    ),
    Rule(
        "T3n",
        "notes are written while their author is employed",
        "timezone(tenant.timezone, created_at)::date > provider.termination_date",
    ),
    Rule(
        "T10n",
        "notes are signed and locked before the data ends",
        any_of(*(f"{column} > {DATA_END}" for column in ("signed_at", "cosigned_at", "locked_at"))),
    ),
    Rule(
        "T12n",
        "no note but the closing one is after the client's death; without a visit none is before registration",
        any_of(
            f"note_type <> 'discharge' and {in_utc('created_at')}::date > client.date_of_death",
            f"appointment_id is null and {in_utc('created_at')}::date < client.intake_date",
        ),
    ),
    Rule(
        "T15",
        "supervisors cosign after they are hired",
        select=query(f"""
            select n.tenant_id, n.id
            from note n
            join provider s on s.tenant_id = n.tenant_id and s.id = n.cosigned_by
            where {in_utc("n.cosigned_at")}::date < s.hire_date
        """),
    ),
)

SIGNATURE_RULES = (
    Rule(
        "C2",
        "notes are signed by their author, unless they are drafts",
        any_of(
            "(status = 'draft') <> (signed_at is null)",
            "(signed_at is null) <> (signed_by is null)",
            "signed_by <> provider_id",
        ),
    ),
    Rule(
        "C3",
        "notes of associates, and only theirs, are pending until their supervisor cosigns them",
        any_of(
            "(cosigned_at is null) <> (cosigned_by is null)",
            "cosigned_by <> provider.supervisor_id",
            "cosigned_by is not null and provider.supervisor_id is null",
            f"(status = 'pending_cosign') <> {_NEEDS_COSIGNATURE}",
        ),
    ),
    Rule(
        "C10",
        "an amended note is locked, and its amendment has the next version and the same client, provider and visit",
        select=query("""
            select n.tenant_id, n.id
            from note n
            where (n.amends_id is null) <> (n.version = 1)
            union all
            select n.tenant_id, n.id
            from note n
            join note o on o.tenant_id = n.tenant_id and o.id = n.amends_id
            where o.version + 1 <> n.version
            or o.status <> 'amended'
            or o.locked_at is null
            or (n.client_id, n.provider_id) <> (o.client_id, o.provider_id)
            or n.appointment_id is distinct from o.appointment_id
            union all
            select o.tenant_id, o.id
            from note o
            where o.status = 'amended'
            and not exists (select 1 from note n where n.tenant_id = o.tenant_id and n.amends_id = o.id)
        """),
    ),
)

CONFIDENTIALITY_RULES = (
    Rule(
        "C8",
        "psychotherapy notes are restricted, and have no times, diagnosis or plan",
        any_of(
            "(note_type = 'psychotherapy_note') <> (confidentiality = 'restricted')",
            *(
                f"note_type = 'psychotherapy_note' and {column} is not null"
                for column in ("session_start", "session_stop", "dx_codes", "plan", "phq9")
            ),
        ),
    ),
    Rule(
        "C8s",
        "notes of clients with substance use have the confidentiality of 42 CFR Part 2",
        "confidentiality <> 'restricted' and (confidentiality = 'part2') <> (client.primary_dx[:2] = 'F1')",
    ),
)

TEXT_RULES = (
    Rule(
        "X2",
        "the text names its client",
        "note_type <> 'administrative' and status <> 'draft' and not contains(subjective, client.first_name)",
    ),
    Rule(
        "X2p",
        "the text uses the client's pronouns",
        # `case`, so that a text is searched for the pronouns of the other sets only: `and` evaluates both its sides
        any_of(
            *(
                f"case when client.pronouns = {literal(own)} then {_other_pronouns(own)} else false end"
                for own in PRONOUNS
            )
        ),
    ),
    Rule(
        "X2a",
        "the age in the text is the client's age at the session",
        # `case`, so that the age is extracted from few texts and compared for fewer
        any_of(
            *(
                f"case when {has} then try_cast(regexp_extract(subjective, '{pattern}', 1) as int) "
                f"<> {AGE_AT_SESSION} else false end"
                for has, pattern in (
                    ("contains(subjective, 'years old')", ", ([0-9]+) years old"),
                    ("contains(subjective, '(age ')", r"\(age ([0-9]+)\)"),
                    ("regexp_matches(subjective, ' is [0-9]')", " is ([0-9]+) and "),
                )
            )
        ),
    ),
    Rule(
        "X2m",
        "the text agrees with the modality of the visit",
        any_of(
            *(
                f"case when {_FIRST_OF_VISIT} then contains({TEXT}, {literal(phrase)}) "
                f"<> (appointment.modality = {literal(modality)}) else false end"
                for phrase, modality in (
                    ("via secure video", "video"),
                    ("by phone", "phone"),
                    ("in person at", "in_person"),
                )
            )
        ),
    ),
    Rule(
        "X2d",
        "the text agrees with the documented minutes and the author's license",
        any_of(
            # a regular expression is slow, and needed for few texts
            "case when ends_with(split_part(plan, '-minute session', 1), concat(' ', session_minutes)) then false "
            "else try_cast(regexp_extract(plan, '([0-9]+)-minute session', 1) as int) <> session_minutes end",
            "contains(plan, 'Treating provider: ') "
            "and not contains(plan, 'Treating provider: ' || provider.credentials || '.')",
        ),
    ),
    Rule(
        "X3",
        "the text names no other client",
        # all sentences have few capitalized words: notes are searched only for the names among them
        select=query(f"""
            with names as (
                select distinct name
                from (select unnest([first_name, last_name]) as name from client)
                where not {one_of("name", COMMON_WORDS)}
            ),
            sentences as (
                select distinct unnest(string_split(replace({TEXT}, {_OWN_NAME}, '~'), '. ')) as sentence
                from note n
                join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
            ),
            words as (select distinct unnest(regexp_extract_all(sentence, {_WITHOUT_OWN_NAME})) as word from sentences),
            found as (
                select name from names semi join words on word = name
                union
                select name
                from (select name, unnest(range(1, length(name))) as own from names)
                semi join client on first_name = name[:own]
                semi join words on word = '~' || name[own + 1:]
            )
            select tenant_id, id
            from (
                select distinct n.tenant_id, n.id, n.word
                from (
                    select tenant_id, id, client_id, unnest(regexp_extract_all({TEXT}, {_CAPITALIZED})) as word
                    from note
                ) n
                semi join found on found.name = n.word
                join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
                where n.word is distinct from c.first_name
                and not contains(concat_ws(' ', c.first_name, c.last_name, c.preferred_name, c.guardian_name), n.word)
            )
        """),
    ),
    Rule(
        "X4",
        "the text has a plausible length and, except in scenarios, composed letters (NFC)",
        any_of(
            # letters are counted only where bytes, which are known, leave it open; a letter has at most four
            *(
                f"case when strlen({column}) > 10000 then length({column}) > 10000 else false end"
                for column in ("subjective", "objective", "assessment", "plan")
            ),
            f"case when strlen({TEXT}) < 160 and status <> 'draft' then length({TEXT}) < 40 else false end",
            # only a text with letters of several bytes is normalized, which is slow
            f"case when {ORDINARY} and strlen({TEXT}) > length({TEXT}) "
            f"then nfc_normalize({TEXT}) <> {TEXT} else false end",
        ),
    ),
    Rule(
        "X5",
        "the text has no unfilled placeholder",
        # `contains` first: the expression is slow, and needed for few texts
        f"case when {contains_any(_UNFILLED)} "
        f"then regexp_matches({TEXT}, '\\{{\\w*\\}}|\\bNone\\b|\\bnan\\b|\\bnull\\b') else false end",
    ),
)

NOTE = entity(
    "note",
    "What a provider documents about a visit, or about a contact without one.",
    COLUMNS,
    (*COMMON_RULES, *VISIT_RULES, *TIME_RULES, *SIGNATURE_RULES, *CONFIDENTIALITY_RULES, *TEXT_RULES, *AGREEMENT_RULES),
    blocks=recipe(apportionment.note_offsets),
)
