"""What is documented: notes, signed by their authors, that agree with the visit and the client they describe."""

from __future__ import annotations

from qaseed.kinds import always, choice, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.generators import apportionment, assessment, changes, clinic, contacts, note_text, risk
from qaseed.practice.generators.services import BANDS
from qaseed.practice.measures import ORDINARY
from qaseed.practice.note_rules import AGREEMENT_RULES
from qaseed.practice.shared import COMMON_RULES, DATA_END, audit_columns
from qaseed.practice.text_rules import TEXT_RULES
from qaseed.sql import any_of, in_utc, literal, one_of, query

NOTE_TYPES = ("intake", "progress", *contacts.KINDS, "administrative")
NOTE_STATES = ("draft", "pending_cosign", "signed", "locked", "amended")


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
    risk_level=choice("Assessed risk, by condition.", risk.RISKS, assessment.risk_level, default="none"),
    phq9=number(
        "PHQ-9 total, from age 12; null where it was not filled in.",
        recipe(assessment.score, most=27),
        0,
        27,
        nullable=True,
    ),
    gad7=number(
        "GAD-7 total, from age 12; filled in with the PHQ-9.", recipe(assessment.score, most=21), 0, 21, nullable=True
    ),
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
        f"(appointment_id is null) <> ({one_of('note_type', contacts.KINDS)})",
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
        "C1m",
        "contacts follow a visit at which the client was seen, not one that was missed",
        select=query(f"""
            select n.tenant_id, any_value(n.id)
            from note n
            join appointment a
            on a.tenant_id = n.tenant_id and a.client_id = n.client_id and a.start_at < n.created_at
            where {ORDINARY.replace("id &", "n.id &")} and n.appointment_id is null and n.note_type <> 'discharge'
            group by n.tenant_id, n.id
            having arg_max(a.status, left(a.start_local, 10) || (a.status = 'completed')) = 'no_show'
            and bool_or(a.status = 'completed')
        """),
    ),
    Rule(
        "C1d",
        "no chart is closed while the risk is elevated",
        f"{ORDINARY} and note_type = 'discharge' and risk_level in ('moderate', 'high')",
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
        "C6a",
        "sessions begin after the client arrived, but for those of groups",
        f"{ORDINARY} and session_start < appointment.checked_in_at and appointment.group_id is null",
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
        "psychotherapy notes are restricted, and have no times, diagnosis, assessed risk or plan",
        any_of(
            "(note_type = 'psychotherapy_note') <> (confidentiality = 'restricted')",
            "note_type = 'psychotherapy_note' and risk_level <> 'none'",
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


NOTE = entity(
    "note",
    "What a provider documents about a visit, or about a contact without one.",
    COLUMNS,
    (*COMMON_RULES, *VISIT_RULES, *TIME_RULES, *SIGNATURE_RULES, *CONFIDENTIALITY_RULES, *TEXT_RULES, *AGREEMENT_RULES),
    blocks=recipe(apportionment.note_offsets),
)
