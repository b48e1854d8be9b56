"""Rules that are written to be cheap find what their plain forms find, in whole rows and in rows that break them."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from qaseed.joined_rows import joined_tables
from qaseed.practice import MODEL
from qaseed.practice.measures import ORDINARY
from qaseed.practice.note_rules import AGE_AT_SESSION, CONDITIONS, NEXT_VISIT, TEXT, Contradiction, contradictions
from qaseed.practice.text_rules import COMMON_WORDS
from qaseed.practice.visit_rules import BLOCKING
from qaseed.profiles import PROFILES
from qaseed.safety.identifiers import AREA_CODES, UNASSIGNED_ZIP3
from qaseed.sql import any_of, literal, one_of
from qaseed.validation import _with_joined_texts

AS_OF = PROFILES["standard"].as_of
RULES = {f"{entity.name}: {rule.id}": (entity, rule) for entity in MODEL.entities for rule in entity.rules}
AGES = {"adult": ">= 18", "minor": "< 18", "retired": ">= 66"}


def has_one(column: str, phrases: tuple[str, ...]) -> str:
    return any_of(*(f"contains({TEXT if column == 'text' else column}, {literal(phrase)})" for phrase in phrases))


def contradicts(one: Contradiction) -> str:
    where = f"{AGE_AT_SESSION} {AGES[one.where]}" if one.where in AGES else CONDITIONS[one.where]
    against = f" and ({has_one(one.column, one.against)})" if one.against else ""
    return f"{where} and ({has_one(one.column, one.phrases)}){against}"


ANNOUNCED = (
    "(ext session|ext visit|eturn visit|ollow-up|ill meet again|session is booked|will return|ext meeting)"
    "( with both partners| with the family| of the group)?"
)


def of_no_state(prefix: str, prefixes: dict[str, tuple[str, ...]]) -> str:
    pairs = [f"state = {literal(state)} and {one_of(prefix, of_state)}" for state, of_state in prefixes.items()]
    return f"not ({any_of(*pairs)})"


def overlapping(whose: str, where: str = "true", except_: str = "false") -> str:
    return f"""
        select tenant_id, id
        from (
            select *, max(end_at) over earlier as busy_until, arg_max(group_id, end_at) over earlier as busy_with_group
            from appointment
            where {one_of("status", BLOCKING)} and {where}
            window earlier as (
                partition by tenant_id, {whose}
                order by start_at, id
                rows between unbounded preceding and 1 preceding
            )
        )
        where start_at < busy_until and not ({except_})
    """


OF_SAME_GROUP = "group_id is not null and group_id is not distinct from busy_with_group"
IN_ROWS = {
    "client: U4": f"zip[:3] not in ('000', '001', '002', '003', '004') and {of_no_state('zip[:3]', UNASSIGNED_ZIP3)}",
    "client: U4p": any_of(
        *(
            f"{phone}[4:9] = '-555-0' and {phone}[:3] not in ('555', '000', '999') "
            f"and {of_no_state(f'{phone}[:3]', AREA_CODES)}"
            for phone in ("phone_mobile", "phone_home", "emergency_contact_phone")
        )
    ),
    "note: X2a": any_of(
        *(
            f"try_cast(regexp_extract(subjective, '{pattern}', 1) as int) <> {AGE_AT_SESSION}"
            for pattern in (", ([0-9]+) years old", r"\(age ([0-9]+)\)", " is ([0-9]+) and ")
        )
    ),
    "note: X2d": any_of(
        "try_cast(regexp_extract(plan, '([0-9]+)-minute session', 1) as int) <> session_minutes",
        "contains(plan, 'Treating provider: ') "
        "and not contains(plan, 'Treating provider: ' || provider.credentials || '.')",
    ),
    "note: X4": any_of(
        *(f"length({column}) > 10000" for column in ("subjective", "objective", "assessment", "plan")),
        f"length({TEXT}) < 40 and status <> 'draft'",
        f"{ORDINARY} and nfc_normalize({TEXT}) <> {TEXT}",
    ),
    "note: X6": any_of(*(contradicts(one) for one in contradictions())),
}
WHOLE = {
    "note: X3": f"""
        select tenant_id, id
        from (
            select distinct n.tenant_id, n.id, n.word
            from (select *, unnest(regexp_extract_all({TEXT}, '\\b[A-Z][a-z]{{2,}}\\b')) as word from note) n
            join client c on c.tenant_id = n.tenant_id and c.id = n.client_id
            where n.word in (select unnest([first_name, last_name]) from client)
            and not {one_of("n.word", COMMON_WORDS)}
            and not contains(concat_ws(' ', c.first_name, c.last_name, c.preferred_name, c.guardian_name), n.word)
        )
    """,
    "note: X6n": f"""
        select n.tenant_id, n.id
        from note n
        join (
            select
                tenant_id,
                id,
                lead(start_at) over (partition by tenant_id, client_id, provider_id order by start_at, id) as following,
                date_diff('day', make_timestamp(epoch_us(start_at)), make_timestamp(epoch_us(following))) as ahead
            from appointment
        ) a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
        where n.note_type in ('intake', 'progress') and n.amends_id is null and ({
        any_of(
            *(
                f"coalesce(a.ahead not between {least} - 1 and {most} + 1, true) "
                f"and regexp_matches(n.plan, {literal(ANNOUNCED + words)})"
                for words, (least, most) in NEXT_VISIT.items()
            )
        )
    })
    """,
    "appointment: S1": overlapping("provider_id", except_=OF_SAME_GROUP),
    "appointment: S2": overlapping("client_id"),
    "appointment: S3": overlapping("location_id, room", "room is not null", OF_SAME_GROUP),
    "appointment: S8": """
        select tenant_id, max(id)
        from appointment
        where series_id is not null
        group by tenant_id, series_id
        having count(distinct substr(start_local, 12)) > 1 or count(distinct client_id) > 1
    """,
    "appointment: S14": f"""
        select tenant_id, id
        from (
            select
                *,
                lag(start_local) over (partition by tenant_id, series_id order by start_at) as before,
                date_diff('day', left(before, 10)::date, left(start_local, 10)::date) as days
            from appointment
            where series_id is not null
        )
        where {ORDINARY} and days % (7 * recurrence_weeks) <> 0
    """,
    "ledger_entry: L16s": f"""
        select c.tenant_id, max(c.id)
        from ledger_entry c
        join client k on k.tenant_id = c.tenant_id and k.id = c.client_id
        left join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
            and s.adjustment_reason = 'sliding_scale'
        where c.entry_type = 'charge' and k.payer_code = 'self_pay' and {ORDINARY.replace("id &", "c.id &")}
        and exists (from ledger_entry p where p.tenant_id = c.tenant_id and p.charge_id = c.id)
        group by c.tenant_id, c.client_id
        having count(distinct coalesce(round(-100 * s.amount_cents / c.amount_cents), 0)) > 1
    """,
}


def moved(table: str, *columns: str) -> str:
    """Every row gets values of these columns from another row of the table."""
    values = ", ".join(f"lead({name}, {7 + 4 * n}) over (order by id) as {name}" for n, name in enumerate(columns))
    changes = ", ".join(f"{name} = other.{name}" for name in columns)
    return f"update {table} set {changes} from (select id, {values} from {table}) other where other.id = {table}.id"


def of_three(end: str) -> str:
    """Visits of threes, at ten, eleven and twelve: the first two are of a group, and the first one ends at seven."""
    return f"""
        update appointment
        set
            tenant_id = 1, location_id = 1, provider_id = nth // 3, client_id = nth // 3, room = 'Room ' || nth // 3,
            status = 'completed', group_id = if(nth % 3 = 2, null, 7), start_at = ten + to_hours(nth % 3),
            end_at = case nth % 3 when 0 then ten + interval 9 hours when 1 then {end} else ten + interval 150 minutes end
        from (
            select id, row_number() over (order by id) as nth, timestamptz '2026-01-05 10:00+00' as ten from appointment
        ) other
        where other.id = appointment.id
    """


SPOILED = {
    "nothing": "select 1",
    "texts": moved("note", "subjective", "objective", "assessment", "plan"),
    "notes": moved("note", "risk_level", "note_type", "appointment_id"),
    "clients": moved("client", "first_name", "dob", "marital_status"),
    "visits": moved("appointment", "modality", "appointment_type", "start_at", "start_local"),
    "ends": moved("appointment", "end_at"),
    "no times": """
        update appointment set end_at = null where id % 3 = 0;
        update appointment set start_at = null where id % 7 = 0
    """,
    "whose": "update appointment set provider_id = null, location_id = null, client_id = null where id % 2 = 0",
    "long visits": "update appointment set end_at = end_at + interval 5 hours where id % 5 = 0",
    "groups": """
        update appointment
        set start_at = date_trunc('day', start_at), group_id = nullif(id % 4, 3), end_at = start_at + to_hours(id % 3)
    """,
    "a member who leaves": of_three("ten + interval 90 minutes"),
    "a member without end": of_three("null"),
    "rooms": "update appointment set room = 'Room ' || id % 4",
    "series": moved("appointment", "series_id", "client_id"),
    "ages": "update note set subjective = subjective || ', 44 years old, is 17 and (age 12)'",
    "minutes": """
        update note
        set session_minutes = if(id % 3 = 0, null, session_minutes % 9),
            plan = concat(session_minutes % 7, if(id % 2 = 0, '-minute session ', ' -minute session '), plan)
    """,
    "sliding scale": """
        update ledger_entry set amount_cents = amount_cents - id % 3 * 100 where adjustment_reason = 'sliding_scale';
        update ledger_entry set adjustment_reason = 'sliding_scale' where charge_id is not null and id % 5 = 0;
        update ledger_entry set adjustment_reason = 'courtesy' where adjustment_reason = 'sliding_scale' and id % 7 = 0
    """,
    "payers": "update client set payer_code = 'self_pay' where id % 2 = 0",
    "addresses": moved("client", "zip", "state"),
    "phones": "update client set phone_home = format('{}-555-0123', 201 + id % 780)",
    "beginnings": "update client set first_name = first_name[:3 + id % 3]",
    "longer names": """
        update client
        set last_name = other.first_name || 'son'
        from (select id, lead(first_name, 7) over (order by id) as first_name from client) other
        where other.id = client.id;
        update note set plan = concat_ws(' ', plan, client.first_name || 'son.') from client where client.id = note.client_id
    """,
    "other names": """
        update note set plan = concat_ws(' ', plan, other.first_name || ' came.')
        from (select id, lead(client_id, 11) over (order by id) as client_id from note) following
        join client other on other.id = following.client_id
        where following.id = note.id
    """,
    "small names": "update client set first_name = lower(first_name) where id % 2 = 0",
    "nulls": "update note set subjective = null; update client set last_name = null, state = null",
    "long": "update note set plan = repeat('\u00e9', 5000 * (id % 4))",
    "short": "update note set subjective = repeat('e' || chr(769), id % 50), objective = null, assessment = null, plan = ''",
}


def rows(connection: duckdb.DuckDBPyConnection, name: str, *, fails: str | None, select: str | None) -> list[Any]:
    """The keys of the rows that a rule finds."""
    entity, rule = RULES[name]
    [referenced] = joined_tables(lambda query: connection.execute(query).fetchall(), MODEL, entity, [rule], 0)
    found = select or f"select tenant_id, id from {referenced} where {fails}"
    return connection.execute(f"select * from ({found}) order by all".replace("{as_of}", AS_OF.isoformat())).fetchall()


@pytest.mark.parametrize("change", SPOILED)
def test_rules_find_what_their_plain_forms_find(change: str, tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(SPOILED[change])
    for name, (_, rule) in RULES.items():
        if name in IN_ROWS or name in WHOLE:
            plain = rows(tables, name, fails=IN_ROWS.get(name), select=WHOLE.get(name))
            assert rows(tables, name, fails=rule.fails, select=rule.select) == plain, name


def test_each_of_these_rules_finds_something_in_spoiled_rows(tables: duckdb.DuckDBPyConnection) -> None:
    nothing = {*IN_ROWS, *WHOLE}
    for change in SPOILED.values():
        tables.execute(change)
        nothing -= {
            name for name in nothing if rows(tables, name, fails=RULES[name][1].fails, select=RULES[name][1].select)
        }
    assert nothing == set()


def test_a_text_that_several_conditions_put_together_becomes_a_column() -> None:
    once, twice = "concat_ws('(', a, b)", "concat_ws(' ', a, b)"
    conditions, table = _with_joined_texts(f"{twice} = '' or {once} = 'x' or {twice} = 'y'", '"t"')
    with duckdb.connect() as connection:
        connection.execute("create table t as select 'x' as a, 'y' as b")
        assert connection.execute(f"select {conditions}, {once} from {table}").fetchall() == [(False, "x(y")]
    assert conditions.count("concat_ws") == 1
    assert _with_joined_texts(f"{once} = 'x'", '"t"') == (f"{once} = 'x'", '"t"')
