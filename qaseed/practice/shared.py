"""What tables of the practice have in common: marks, addresses, and rules of every row."""

from __future__ import annotations

from qaseed.kinds import By, always, choice, flag, instant, sometimes, text, word
from qaseed.model import NOW, UUID, Column, Rule
from qaseed.practice.generators import clock, identifiers, people, sites
from qaseed.safety.identifiers import AREA_CODES, UNASSIGNED_ZIP3

# fmt: off

ENDS = "timestamptz '{as_of} 10:00:00+00'"
"""The moment at which the data ends: night in every zone of the United States."""
HOME = next(iter(clock.STATE_ZONES))
"""The state of the first practice, and of rows of an application that names none; their zone is that of the state."""
LOCAL_DAY = "try_cast(start_local[:10] as date)"


def marks(created: By, by: str) -> dict[str, Column]:
    """What every row carries: its mark as synthetic, who entered it, and when it was made, changed and hidden.

    An application's rows are not synthetic, and have the moment of their INSERT.
    """
    return dict(
        external_ref=text("Findable in every log and dump.", identifiers.reference, unique=True, phi="record", safe="record", default=UUID),
        is_synthetic=flag("True for every row that qaseed made.", always(True), default=False),
        is_active=flag("False for rows that the application hides.", always(True), default=True),
        created_by=choice("Role of the account that entered the row.", ("system", "front_desk", "clinician", "billing"), always(by), default="system"),
        created_at=instant("When the row was entered.", created, default=NOW),
        updated_at=instant("When the row was last changed.", people.updated_at, default=NOW),
        deleted_at=instant("When the row was hidden; it is kept all the same.", always(None), nullable=True),
    )


def address() -> dict[str, Column]:
    """Where somebody lives or works: an invented street in an invented town with digits that are no ZIP code."""
    return dict(
        address_1=text("House number and invented street.", identifiers.street, phi="geography", safe="street", default=""),
        address_2=text("Apartment or suite, for one in four (assumed).", sometimes(0.25, identifiers.unit), nullable=True, phi="geography", safe="unit"),
        city=text("An invented town.", word("city"), phi="geography", safe="city", default=""),
        state=choice("USPS code.", tuple(clock.STATE_ZONES), sites.state, default=HOME),
        zip=text("Five digits that are no ZIP code.", identifiers.zip_code, phi="geography", safe="zip", default=""),
    )


def in_state(zone: str) -> str:
    """The condition that a zone is not that of the row's state."""
    known = " ".join(f"when '{state}' then '{name}'" for state, name in clock.STATE_ZONES.items())
    return f"{zone} is distinct from case state {known} end"


ROWS_OF_EVERY_KIND = (
    Rule("T11", "rows are changed and hidden after they were made", "created_at > least(updated_at, deleted_at)"),
    Rule("T10", "nothing but visits to come lies after as_of", f"greatest(created_at, updated_at, deleted_at) > {ENDS}"),
    Rule("R7h", "the hidden, and only they, have a moment of hiding", "is_active <> (deleted_at is null)"),
)


def addressed(*phones: str) -> tuple[Rule, ...]:
    """ZIP prefixes, and area codes of numbers set aside for fiction, are those of the row's state."""
    zips = " or ".join(f"(state = '{state}' and zip[:3] in ({_listed(found)}))" for state, found in UNASSIGNED_ZIP3.items())
    codes = " or ".join(f"(state = '{state}' and {{0}}[:3] in ({_listed(found)}))" for state, found in AREA_CODES.items())
    told = [f"({phone}[4:9] = '-555-0' and {phone}[:3] not in ('555', '000', '999') and not ({codes.format(phone)}))" for phone in phones]
    return (
        Rule("U4", "ZIP prefixes are those of the row's state", f"zip <> '00000' and not ({zips})"),
        Rule("U4p", "area codes of fictitious numbers are those of the row's state", " or ".join(told)),
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
