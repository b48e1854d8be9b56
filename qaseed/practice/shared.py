"""What tables of the practice have in common: marks, addresses, and rules of every row."""

from __future__ import annotations

from qaseed.kinds import By, always, choice, flag, instant, text, word
from qaseed.model import Column, Rule
from qaseed.practice.making import people

# fmt: off


def marks(created: By) -> dict[str, Column]:
    """What every row carries: its mark as synthetic, and when it was made and changed."""
    return dict(
        external_ref=text("Findable in every log and dump.", people.reference, unique=True, phi="record", safe="record"),
        is_synthetic=flag("True for every row that qaseed made.", always(True), default=False),
        created_at=instant("When the row was entered.", created),
        updated_at=instant("When the row was last changed.", people.updated),
    )


def address() -> dict[str, Column]:
    return dict(
        address_1=text("House number and invented street.", people.street, phi="geography", safe="street"),
        city=text("An invented town.", word("city"), phi="geography", safe="city"),
        state=choice("USPS code.", tuple(people.STATE_ZONES), people.state),
        zip=text("Five digits that are no ZIP code.", people.zip_code, phi="geography", safe="zip"),
        phone=text("A number that cannot be assigned.", people.phone, phi="phone", safe="phone"),
    )


CREATED_BEFORE_UPDATED = Rule("T11", "rows are changed after they were made", "created_at > updated_at")
PAST_ONLY = Rule("T10", "nothing but visits lies after as_of", "updated_at > date '{as_of}' + interval 10 hours")
ROWS_OF_EVERY_KIND = (CREATED_BEFORE_UPDATED, PAST_ONLY)
