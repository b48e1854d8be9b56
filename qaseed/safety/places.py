"""Kinds of places in values: positions, addresses and postcodes."""

from __future__ import annotations

from qaseed.safety import addresses
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.matching import Kind
from qaseed.safety.numbered import UNIT

_POSTCODE_WORDS = (
    r"zip[ _]?code|zip ?\+ ?4|postal[ _]?code|post ?code|plz|postleitzahl|code postal|c\.p\."
    "|c[o\u00f3\u00d3]digo postal"
)
PLACES = (
    Kind(
        "coordinates",
        "B",
        shape=r"-?[0-9]{1,2}\.[0-9]{4,15}[^0-9\n]{1,24}[0-9]{1,3}\.[0-9]{4,15}",
        context="gps|lat|latitude|lat/lo?ng?|gps ?lat(?:itude)?|geo|coordinates|coords|dropped pin|pickup at"
        "|ping|on scene|location|position|(?:last|gps|position) fix",
        by_column=False,
    ),
    Kind(
        "coordinates",
        "B",
        hint="degrees",
        shape="[0-9]{1,3}(?:\u00b0 ?[0-5]?[0-9]['\u2032] ?[0-5]?[0-9](?:\\.[0-9]{1,6})?[\"\u2033]?"
        "|\\.[0-9]{4,15}\u00b0) ?[NSEW]",
        before="[0-9]?",
        after="[A-Za-z]?",
    ),
    Kind(
        "address",
        "B",
        hint="street",
        shape=addresses.ADDRESS,
        invalid=rf"(?:.|\n)* {PREDICATES['zip'].pattern}",
        cased=True,
    ),
    Kind(
        "address",
        "B",
        hint="state",
        shape=addresses.ZIPPED_ADDRESS,
        invalid=rf"(?:.|\n)* {PREDICATES['zip'].pattern}",
    ),
    Kind("address", "B", hint="state", shape=addresses.NAMED_STATE_ADDRESS),
    Kind("address", "B", hint="town", shape=addresses.STATE_ADDRESS, cased=True),
    Kind("address", "B", hint="house", shape=addresses.STREET_ADDRESS, invalid=addresses.NO_HOUSE, cased=True),
    Kind(
        "address",
        "B",
        hint="house",
        shape=addresses.HOUSE_ADDRESS,
        invalid=f"{addresses.NO_HOUSE}|{addresses.NO_STREET}",
        cased=True,
        after="(?: [A-Z]|[A-Za-z_])?",
    ),
    Kind(
        "address",
        "B",
        addresses.NAMED_ADDRESS,
        context=addresses.WORDS,
        hint="dwelling",
        lettered=True,
        by_column=False,
    ),
    Kind(
        "address",
        "B",
        addresses.NAMED_ADDRESS_ABROAD,
        context=addresses.WORDS_ABROAD,
        hint="abroad",
        lettered=True,
        by_column=False,
    ),
    Kind("address", "B", hint="postcode", shape=addresses.FOREIGN_ADDRESS, cased=True, before="[0-9]?", after="[0-9]?"),
    Kind(
        "zip",
        "B",
        "[0-9]{5}(?:-[0-9]{4})?",
        after=rf"(?:[-.]?[0-9]|[A-Za-z_])?{UNIT}",
        context=f"zip|{_POSTCODE_WORDS}",
        lettered=True,
        invalid=PREDICATES["zip"].pattern,
    ),
    Kind("zip", "B", addresses.LETTERED_POSTCODE, context=_POSTCODE_WORDS, hint="post", lettered=True),
)
