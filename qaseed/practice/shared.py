"""What the tables of the practice have in common: audit columns, addresses, and rules of every row."""

from __future__ import annotations

from qaseed.kinds import RecipeSource, always, choice, flag, instant, sometimes, text
from qaseed.model import NOW, UUID, Column, Recipe, Rule
from qaseed.practice.generators import changes, clock, identifiers, sites
from qaseed.practice.measures import ORDINARY
from qaseed.safety.identifiers import AREA_CODES, UNASSIGNED_ZIP3
from qaseed.sql import any_of, literal, one_of, query

DATA_END = "timestamptz '{as_of} 17:00:00+00'"
"""The moment at which the data ends at the latest: five to nine in the morning of as_of at the practice."""
HOME_STATE = next(iter(clock.STATE_ZONES))
"""The state of the first practice, and of rows of an application that names none."""
HOME_ZONE = clock.STATE_ZONES[HOME_STATE]
LOCAL_DAY = "try_cast(left(start_local, 10) as date)"
"""The day of a visit on the calendar of its site."""
ROLES = ("system", "front_desk", "clinician", "billing")


def audit_columns(created: RecipeSource, by: str | Recipe, changed: RecipeSource = changes.of_row) -> dict[str, Column]:
    """What every row has: that it is synthetic, who entered it, and when it was entered, changed and hidden.

    An application's rows are not synthetic, and have the moment of their INSERT.
    """
    return dict(
        external_ref=text(
            "A reference that is easy to find in every log and dump.",
            identifiers.reference,
            unique=True,
            phi="record",
            safe="record",
            default=UUID,
        ),
        is_synthetic=flag("True for every row that qaseed generated.", always(True), default=False),
        is_active=flag("False for rows that the application hides.", always(True), default=True),
        created_by=choice(
            "Role of the account that entered the row.",
            ROLES,
            always(by) if isinstance(by, str) else by,
            default="system",
        ),
        created_at=instant("When the row was entered.", created, default=NOW),
        updated_at=instant("When the row was last changed.", changed, default=NOW),
        deleted_at=instant("When the row was hidden; hidden rows are not deleted.", always(None), nullable=True),
    )


def address_columns() -> dict[str, Column]:
    """Where somebody lives or works: an invented street in an invented town with digits that are no ZIP code."""
    return dict(
        address_1=text(
            "House number and invented street.", identifiers.street, phi="geography", safe="street", default=""
        ),
        address_2=text(
            "Apartment or suite, for one in four (assumed).",
            sometimes(0.25, identifiers.unit),
            nullable=True,
            phi="geography",
            safe="unit",
        ),
        city=text("An invented town.", identifiers.city, phi="geography", safe="city", default=""),
        state=choice("USPS code.", tuple(clock.STATE_ZONES), sites.state, default=HOME_STATE),
        zip=text("Five digits that are no ZIP code.", identifiers.zip_code, phi="geography", safe="zip", default=""),
    )


COMMON_RULES = (
    Rule(
        "T11",
        "rows are changed and hidden after they are entered",
        any_of("created_at > updated_at", "created_at > deleted_at"),
    ),
    Rule(
        "T10",
        "only future visits are later than as_of",
        any_of(*(f"{column} > {DATA_END}" for column in ("created_at", "updated_at", "deleted_at"))),
    ),
    Rule(
        "R7h",
        "hidden rows, and only they, have the moment at which they were hidden",
        "is_active <> (deleted_at is null)",
    ),
)


def zone_rule() -> Rule:
    """The zone of a row is that of its state."""
    zones = " ".join(f"when {literal(state)} then {literal(zone)}" for state, zone in clock.STATE_ZONES.items())
    return Rule("U4z", "the time zone is that of the state", f"timezone is distinct from case state {zones} end")


def address_rules(*phones: str) -> tuple[Rule, ...]:
    """ZIP prefixes, and area codes of numbers set aside for fiction, are those of the row's state."""
    return (
        Rule(
            "U4",
            "ZIP prefixes are those of the row's state, or 000 to 004, which no state has",
            f"case when zip[:3] not between '000' and '004' then not {_in_state('zip[:3]', UNASSIGNED_ZIP3)} "
            "else false end",
        ),
        Rule(
            "U4p",
            "area codes of fictitious numbers are those of the row's state",
            any_of(
                *(
                    # `case`, so that few numbers are compared: `and` evaluates both its sides
                    f"case when {phone}[4:9] = '-555-0' and not {one_of(f'{phone}[:3]', ('555', '000', '999'))} "
                    f"then not {_in_state(f'{phone}[:3]', AREA_CODES)} else false end"
                    for phone in phones
                )
            ),
        ),
    )


def town_rule() -> Rule:
    """A postcode of a practice's clients belongs to one town."""
    return Rule(
        "U4t",
        "a postcode is of one town of the practice",
        select=query(f"""
            select tenant_id, max(id)
            from client
            where {ORDINARY} and zip <> '00000'
            group by tenant_id, zip
            having count(distinct city) > 1
        """),
    )


def _in_state(prefix: str, prefixes: dict[str, tuple[str, ...]]) -> str:
    """The condition that a prefix is one of those of the row's state.

    All of them are one text, ` AK907 AL205 `: a list of so many values takes long to plan.
    """
    known = " ".join(f"{state}{digits}" for state, of_state in prefixes.items() for digits in of_state)
    return f"contains({literal(f' {known} ')}, ' ' || state || {prefix} || ' ')"
